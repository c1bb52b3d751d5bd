using System.Globalization;
using System.Text;
using Paa.Benchmarks.Running;

namespace Paa.Benchmarks.Report;

/// <summary>Every row's figure in units of what is required, as bars: right of the line it is reached.</summary>
static class RatioBars
{
    const int Width = 920, RowHeight = 26, Left = 330, Right = 90;

    /// <summary>Draws the rows that were measured.</summary>
    public static string Draw(IReadOnlyList<ResultRow> rows)
    {
        var bars = rows.Where(row => row.Met is not null).Select(row => (Row: row, Share: Share(row)))
            .Where(bar => bar.Share > 0).ToArray();
        if (bars.Length == 0) return "<p>No row could be compared.</p>";
        var (least, most) = (bars.Min(bar => bar.Share), bars.Max(bar => bar.Share));
        var axis = new LogAxis(Math.Min(0.25, 0.8 * least), Math.Max(4, most), Left, Width - Right);
        var (svg, one) = (new StringBuilder(), axis[1]);
        var height = bars.Length * RowHeight + 24;
        Append(svg, $"<svg viewBox=\"0 0 {Width} {height}\" role=\"img\" fill=\"var(--ink)\">");
        Append(svg, $"<path d=\"M{one:0.0} 4V{height - 18}\" stroke=\"var(--soft)\" stroke-dasharray=\"3 3\"/>");
        Append(svg, $"<text x=\"{one:0.0}\" y=\"{height - 4}\" text-anchor=\"middle\" fill=\"var(--soft)\">required</text>");
        foreach (var (i, (row, share)) in bars.Index())
        {
            var (y, end) = (i * RowHeight + 6, axis[share]);
            var color = row.Met == true ? "var(--good)" : "var(--bad)";
            Append(svg, $"<text x=\"{Left - 8}\" y=\"{y + 13}\" text-anchor=\"end\">{HtmlPage.Encode(row.Id)}</text>");
            Append(svg, $"<rect x=\"{Math.Min(one, end):0.0}\" y=\"{y}\" width=\"{Math.Abs(end - one):0.0}\" height=\"17\" rx=\"2\"");
            Append(svg, $" fill=\"{color}\" opacity=\"0.75\"/>");
            Append(svg, $"<text x=\"{Math.Max(one, end) + 6:0.0}\" y=\"{y + 13}\" fill=\"var(--soft)\">{TextTable.Number(share)} of it</text>");
        }
        return svg.Append("</svg>\n").ToString();
    }

    /// <summary>1 at what is required, more where it is better.</summary>
    static double Share(ResultRow row)
    {
        var limit = double.Parse(row.Required!.Split(' ')[1], CultureInfo.InvariantCulture);
        var figure = row.Ratio ?? row.Ours!.Value;
        return row.Required.StartsWith("<=", StringComparison.Ordinal) ? limit / figure : figure / limit;
    }

    static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
