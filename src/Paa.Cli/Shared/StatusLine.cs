using System.Globalization;
using Spectre.Console;

namespace Paa.Cli.Shared;

/// <summary>One line that stays at the bottom of a terminal: a bar with facts behind it. Lines that are printed meanwhile appear
/// above it.</summary>
/// <remarks>
/// Each change is one write of at most a line, so nothing flickers or scrolls. The line is never as wide as the terminal, so it
/// does not wrap; facts that have no room are left out, the last ones first. Thread-safe.
/// </remarks>
/// <param name="terminal">Understands ANSI's control sequences.</param>
/// <param name="looks">What the terminal can show.</param>
/// <param name="time">Limits how often the line is drawn; null for the system's clock.</param>
sealed class StatusLine(TextWriter terminal, StatusLooks looks, TimeProvider? time = null)
{
    const int NarrowBar = 10;
    const int WideBar = 30;
    const string Separator = "  ";

    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    readonly TimeProvider _time = time ?? TimeProvider.System;
    readonly Lock _lock = new();
    Status? _status;
    int _drawnLength;       // visible columns of what stands at the bottom; 0 for nothing
    int _drawnWidth;        // of the terminal at that time
    long _drawnAt;

    /// <summary>Columns of the terminal.</summary>
    public int Width => looks.Width();

    /// <summary>Shows a new state; in quick succession only some of them are drawn.</summary>
    public void Show(Status status)
    {
        lock (_lock)
        {
            var isNew = _status?.Name != status.Name;
            _status = status;
            if (isNew || _time.GetElapsedTime(_drawnAt) >= Pause) Write(Erased() + Drawn());
        }
    }

    /// <summary>Prints a line above the bar, or as it is where no bar is shown.</summary>
    public void Print(string line)
    {
        lock (_lock) Write($"{Erased()}{line}{terminal.NewLine}{Drawn()}");
    }

    /// <summary>Removes the bar; lines above it stay.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _status = null;
            Write(Erased());
        }
    }

    void Write(string text)
    {
        if (text.Length == 0) return;
        terminal.Write(text);
        terminal.Flush();
    }

    /// <summary>Moves to the start of the bar and removes it. Where the terminal has become narrower, the bar has been wrapped
    /// into several rows.</summary>
    string Erased()
    {
        if (_drawnLength == 0) return "";
        var width = Math.Max(1, Width);
        var rows = width < _drawnWidth ? (_drawnLength + width - 1) / width : 1;
        _drawnLength = 0;
        return rows > 1 ? string.Create(CultureInfo.InvariantCulture, $"\e[{rows - 1}A\r\e[J") : "\r\e[K";
    }

    string Drawn()
    {
        if (_status is null) return "";
        var width = Width;
        var (text, length) = Format(_status, width - 1);
        (_drawnLength, _drawnWidth, _drawnAt) = (length, width, _time.GetTimestamp());
        return text;
    }

    /// <summary>The text of the bar and its number of columns, at most <paramref name="room"/>.</summary>
    (string Text, int Length) Format(Status status, int room)
    {
        var percent = string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(status.Fraction * 100),3:0} %");
        var needed = status.Name.Length + 1 + 1 + percent.Length;                      // all but bar and facts
        if (room < needed + NarrowBar) return (Cut(status.Name, room), Math.Min(status.Name.Length, Math.Max(0, room)));
        var left = room - needed - NarrowBar;
        var shown = status.Facts.TakeWhile(fact => (left -= Separator.Length + fact.Length) >= 0).ToList();
        var facts = string.Concat(shown.Select(fact => Separator + fact));
        var bar = Math.Min(WideBar, room - needed - facts.Length);
        var done = (int)Math.Round(Math.Clamp(status.Fraction, 0, 1) * bar);
        return ($"{status.Name} {Bar(done, bar - done)} {percent}{facts}", needed + bar + facts.Length);
    }

    string Bar(int done, int left)
    {
        var (full, empty) = looks.IsUnicode ? ('━', '─') : ('#', '-');
        return looks.HasColor
            ? $"\e[32m{new string(full, done)}\e[90m{new string(empty, left)}\e[0m"
            : new string(full, done) + new string(empty, left);
    }

    static string Cut(string text, int length) => text[..Math.Clamp(length, 0, text.Length)];
}

/// <summary>What a status line shows.</summary>
/// <param name="Name">What is going on.</param>
/// <param name="Fraction">How much of it is done, 0 to 1.</param>
/// <param name="Facts">Short texts, the most important one first.</param>
sealed record Status(string Name, double Fraction, params IReadOnlyList<string> Facts);

/// <summary>What a terminal can show.</summary>
/// <param name="Width">Its present number of columns.</param>
/// <param name="IsUnicode">Whether it shows lines of boxes.</param>
/// <param name="HasColor">Whether colours are wanted (<c>NO_COLOR</c>).</param>
sealed record StatusLooks(Func<int> Width, bool IsUnicode, bool HasColor)
{
    /// <summary>What Spectre found out about a console.</summary>
    public static StatusLooks Of(IAnsiConsole console) => new(() => console.Profile.Width, console.Profile.Capabilities.Unicode,
        console.Profile.Capabilities.ColorSystem != ColorSystem.NoColors);
}
