using System.Globalization;
using System.Text;
using Paa.Cli.Shared;

namespace Paa.Tests.Cli.Shared;

public sealed class StatusLineTests
{
    readonly ManualClock _clock = new();

    [Fact]
    public void Bar_StaysInPlaceBelowTheLinesPrinted()
    {
        var screen = new Screen(80);
        var line = new StatusLine(screen, Looks(screen), _clock);
        line.Show(new Status("epoch 1/2", 0.25, "0:30 left", "loss 1.000"));
        line.Print("epoch 1/2 done");
        _clock.Pass(seconds: 1);
        line.Show(new Status("epoch 1/2", 0.5, "0:20 left", "loss 0.900"));
        Assert.Equal(
            ["epoch 1/2 done", "epoch 1/2 ━━━━━━━━━━━━━━━───────────────  50 %  0:20 left  loss 0.900"], screen.Rows);
        line.Clear();
        line.Print("end");
        Assert.Equal(["epoch 1/2 done", "end"], screen.Rows);
    }

    [Theory]
    [InlineData(80, "epoch 12/100 ━━━━━━━────────  45 %  1:20 left  loss 0.912  AP 0.512  31.2 img/s")]
    [InlineData(60, "epoch 12/100 ━━━━━━━━─────────  45 %  1:20 left  loss 0.912")]
    [InlineData(45, "epoch 12/100 ━━━━━━────────  45 %  1:20 left")]
    [InlineData(12, "epoch 12/10")]
    [InlineData(1, "")]
    public void Bar_LeavesOutFactsThatHaveNoRoom(int width, string expected)
    {
        var screen = new Screen(width);
        new StatusLine(screen, Looks(screen), _clock).Show(
            new Status("epoch 12/100", 0.45, "1:20 left", "loss 0.912", "AP 0.512", "31.2 img/s"));
        Assert.Equal(expected.Length == 0 ? [] : [expected], screen.Rows);
        Assert.True(expected.Length < width);
    }

    [Fact]
    public void Bar_OnATerminalThatBecameNarrower_LeavesNoRest()
    {
        var screen = new Screen(100);
        var line = new StatusLine(screen, Looks(screen), _clock);
        line.Print("above");
        line.Show(new Status("epoch 1/2", 0.5, "0:30 left", "loss 1.000", "31.2 img/s"));
        screen.Resize(40);
        _clock.Pass(seconds: 1);
        line.Show(new Status("epoch 1/2", 0.5, "0:20 left", "loss 0.900", "31.2 img/s"));
        Assert.Equal(["above", "epoch 1/2 ━━━━━━──────  50 %  0:20 left"], screen.Rows);
    }

    [Fact]
    public void Bar_IsDrawnAtMostTenTimesASecond_ButANewNameAtOnce()
    {
        var screen = new Screen(80);
        var line = new StatusLine(screen, Looks(screen), _clock);
        for (var i = 0; i < 1000; i++)
        {
            line.Show(new Status("epoch 1/2", i / 1000.0));
            _clock.Pass(seconds: 0.001);
        }
        Assert.InRange(screen.Writes, 9, 11);
        line.Show(new Status("evaluating 1/2", 1));
        Assert.StartsWith("evaluating", Assert.Single(screen.Rows));
    }

    [Theory]
    [InlineData(false, true, "x #####-----  50 %")]
    [InlineData(true, true, "x \e[32m━━━━━\e[90m─────\e[0m  50 %")]
    [InlineData(true, false, "x ━━━━━─────  50 %")]
    public void Bar_HasOnlyWhatTheTerminalCanShow(bool isUnicode, bool hasColor, string expected)
    {
        var text = new StringWriter();
        new StatusLine(text, new StatusLooks(() => 19, isUnicode, hasColor && isUnicode), _clock).Show(new Status("x", 0.5));
        Assert.Equal(expected, text.ToString());
    }

    static StatusLooks Looks(Screen screen) => new(() => screen.Width, IsUnicode: true, HasColor: false);
}

/// <summary>Time that passes when a test says so.</summary>
sealed class ManualClock : TimeProvider
{
    long _now;

    public override long TimestampFrequency => 1_000_000;

    public override long GetTimestamp() => _now;

    public void Pass(double seconds) => _now += (long)(seconds * TimestampFrequency);
}

/// <summary>A terminal that understands what a status line writes, and wraps its rows anew when its width changes.</summary>
sealed class Screen(int width) : StringWriter(CultureInfo.InvariantCulture)
{
    readonly List<StringBuilder> _rows = [new()];
    int _row;
    int _column;

    public int Width { get; private set; } = width;

    public int Writes { get; private set; }

    /// <summary>What stands on the screen, without empty rows.</summary>
    public string[] Rows => [.. _rows.Select(row => row.ToString().TrimEnd()).Where(row => row.Length > 0)];

    public override void Write(string? value)
    {
        Writes++;
        for (var i = 0; i < value!.Length; i++)
        {
            if (value[i] == '\e') i = Control(value, i + 2);
            else if (value[i] == '\r') _column = 0;
            else if (value[i] == '\n') MoveTo(_row + 1, 0);
            else Put(value[i]);
        }
    }

    /// <summary>Wraps a row that is too long; the cursor stays behind the last character.</summary>
    public void Resize(int columns)
    {
        Width = columns;
        for (var row = 0; row < _rows.Count; row++)
        {
            if (_rows[row].Length <= columns) continue;
            _rows.Insert(row + 1, new(_rows[row].ToString(columns, _rows[row].Length - columns)));
            _rows[row].Length = columns;
            if (row == _row) (_row, _column) = (_row + 1, _column - columns);
            else if (row < _row) _row++;
        }
    }

    void Put(char character)
    {
        if (_column == Width) MoveTo(_row + 1, 0);
        var row = _rows[_row];
        if (row.Length <= _column) row.Append(' ', _column + 1 - row.Length);
        row[_column++] = character;
    }

    void MoveTo(int row, int column)
    {
        (_row, _column) = (Math.Max(0, row), column);
        while (_rows.Count <= _row) _rows.Add(new());
    }

    /// <summary>Obeys <c>CSI n A</c> (up), <c>CSI K</c> and <c>CSI J</c> (erase to the end of row and screen).</summary>
    int Control(string text, int start)
    {
        var end = start;
        while (!char.IsAsciiLetter(text[end])) end++;
        var row = _rows[_row];
        switch (text[end])
        {
            case 'A': MoveTo(_row - int.Parse(text[start..end], CultureInfo.InvariantCulture), _column); break;
            case 'K': row.Length = Math.Min(row.Length, _column); break;
            case 'J':
                row.Length = Math.Min(row.Length, _column);
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                break;
            default: throw new ArgumentException($"Screen: unknown control sequence {text[end]}.");
        }
        return end;
    }
}
