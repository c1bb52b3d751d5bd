namespace Paa.Reports;

/// <summary>A table in plain text: the first column left-aligned, the others right-aligned, two spaces between columns.</summary>
/// <param name="header">Names of the columns.</param>
sealed class TextTable(params string[] header)
{
    readonly List<string[]> _rows = [header];

    /// <summary>Adds a row with as many cells as the header.</summary>
    public void Add(params string[] cells) => _rows.Add(cells);

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
