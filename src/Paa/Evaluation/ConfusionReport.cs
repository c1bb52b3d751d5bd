using System.Globalization;
using System.Text;
using Paa.Reports;

namespace Paa.Evaluation;

/// <summary>Writes a confusion matrix as text, CSV and SVG.</summary>
public static class ConfusionReport
{
    const int LargestTable = 12, ShownConfusions = 20;
    const int Cell = 44, LabelWidth = 140;

    static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The counts as comma-separated values: one row per true class, one column per predicted class.</summary>
    public static string ToCsv(ConfusionMatrix matrix)
    {
        var csv = new StringBuilder("truth");
        foreach (var name in matrix.Names) csv.Append(',').Append(Quoted(name));
        csv.Append('\n');
        for (var truth = 0; truth < matrix.Names.Count; truth++)
        {
            csv.Append(Quoted(matrix.Names[truth]));
            for (var found = 0; found < matrix.Names.Count; found++) csv.Append(Culture, $",{matrix[truth, found]}");
            csv.Append('\n');
        }
        return csv.ToString();
    }

    /// <summary>The counts as a table if there are few classes, otherwise the most frequent confusions.</summary>
    public static string ToText(ConfusionMatrix matrix)
    {
        var text = new StringBuilder();
        if (matrix.Names.Count <= LargestTable + 1)
        {
            var width = Math.Max(8, matrix.Names.Max(name => name.Length));
            text.Append(Culture, $" {"truth \\ found".PadRight(Math.Max(width, 13))}");
            foreach (var name in matrix.Names) text.Append(Culture, $" {name.PadLeft(width)}");
            text.Append('\n');
            for (var truth = 0; truth < matrix.Names.Count; truth++)
            {
                text.Append(Culture, $" {matrix.Names[truth].PadRight(Math.Max(width, 13))}");
                for (var found = 0; found < matrix.Names.Count; found++)
                    text.Append(Culture, $" {matrix[truth, found].ToString(Culture).PadLeft(width)}");
                text.Append('\n');
            }
            return text.ToString();
        }
        foreach (var (truth, found) in Confusions(matrix).Take(ShownConfusions))
            text.Append(Culture, $" {matrix[truth, found],7} x {matrix.Names[truth]} -> {matrix.Names[found]} "
                + $"({100 * matrix.Share(truth, found):0.0} % of its row)\n");
        return text.ToString();
    }

    /// <summary>The fractions of each row as a picture; larger ones are darker.</summary>
    public static string ToSvg(ConfusionMatrix matrix)
    {
        var count = matrix.Names.Count;
        var side = LabelWidth + count * Cell + 8;
        var svg = new SvgPicture(side, side, isFile: true);
        svg.Draw($"rect width='100%' height='100%' fill='white'", "Confusion matrix: rows are the truth, columns what was found");
        for (var i = 0; i < count; i++)
        {
            var middle = LabelWidth + i * Cell + Cell / 2;
            svg.Write($"x='{LabelWidth - 6}' y='{middle + 4}' text-anchor='end'", matrix.Names[i]);
            svg.Write($"transform='translate({middle + 4} {LabelWidth - 6}) rotate(-60)'", matrix.Names[i]);
        }
        for (var truth = 0; truth < count; truth++)
            for (var found = 0; found < count; found++) DrawCell(svg, matrix, truth, found);
        return svg.ToString();
    }

    static void DrawCell(SvgPicture svg, ConfusionMatrix matrix, int truth, int found)
    {
        var share = matrix.Total(truth) == 0 ? 0 : matrix.Share(truth, found);
        var (x, y) = (LabelWidth + found * Cell, LabelWidth + truth * Cell);
        svg.Draw($"rect x='{x}' y='{y}' width='{Cell}' height='{Cell}' fill='#1f5fa8' fill-opacity='{share:0.###}' stroke='#ccc'",
            $"{matrix.Names[truth]} -> {matrix.Names[found]}: {matrix[truth, found]}");
        if (matrix[truth, found] == 0) return;
        var color = share > 0.5 ? "white" : "black";
        var text = string.Create(Culture, $"{100 * share:0}%");
        svg.Write($"x='{x + Cell / 2}' y='{y + Cell / 2 + 4}' text-anchor='middle' fill='{color}'", text);
    }

    /// <summary>Entries off the diagonal, the largest first.</summary>
    static IEnumerable<(int Truth, int Found)> Confusions(ConfusionMatrix matrix) =>
        Enumerable.Range(0, matrix.Names.Count * matrix.Names.Count)
            .Select(entry => (Truth: entry / matrix.Names.Count, Found: entry % matrix.Names.Count))
            .Where(entry => entry.Truth != entry.Found && matrix[entry.Truth, entry.Found] > 0)
            .OrderByDescending(entry => matrix[entry.Truth, entry.Found]);

    static string Quoted(string name) => name.AsSpan().ContainsAny(",\"\n\r") ? $"\"{name.Replace("\"", "\"\"")}\"" : name;
}
