namespace Paa.Reports;

/// <summary>A table in plain text: the first column left-aligned, the others right-aligned, two spaces between columns.</summary>
/// <param name="header">Names of the columns.</param>
sealed class TextTable(params string[] header)
{
    readonly List<string[]> _rows = [header];

    /// <summary>Adds a row with as many cells as the header.</summary>
    public void Add(params string[] cells) => _rows.Add([.. cells.Select(PrintableText.Of)]);

    /// <summary>Prints the table, with a line of dashes below the header.</summary>
    public void Write(TextWriter output)
    {
        var widths = header.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        WriteRow(output, header, widths);
        WriteRow(output, [.. widths.Select(width => new string('-', width))], widths);
        foreach (var row in _rows.Skip(1)) WriteRow(output, row, widths);
    }

    static void WriteRow(TextWriter output, string[] row, int[] widths)
    {
        var cells = row.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]));
        output.WriteLine(string.Join("  ", cells).TrimEnd());
    }
}

/// <summary>Text of strangers, such as class and file names, as a terminal may show it.</summary>
static class PrintableText
{
    /// <summary>The text with every control character written as <c>\xNN</c> or <c>\uNNNN</c>; a terminal would obey
    /// it.</summary>
    public static string Of(string text) => text.Any(IsControl)
        ? string.Concat(text.Select(c => !IsControl(c) ? c.ToString() : c <= 0xff ? $"\\x{(int)c:x2}" : $"\\u{(int)c:x4}"))
        : text;

    /// <summary>Besides the control characters proper, those that turn the direction of the text.</summary>
    static bool IsControl(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
