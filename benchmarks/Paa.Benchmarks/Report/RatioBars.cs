using System.Globalization;
using Paa.Reports;

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
        var axis = ChartAxis.Logarithmic(Math.Min(0.25, 0.8 * least), Math.Max(4, most), Left, Width - Right);
        var (one, height) = (axis[1], bars.Length * RowHeight + 24);
        var svg = new SvgPicture(Width, height, "var(--ink)");
        svg.Draw($"path d='M{one:0.0} 4V{height - 18}' stroke='var(--soft)' stroke-dasharray='3 3'");
        svg.Write($"x='{one:0.0}' y='{height - 4}' text-anchor='middle' fill='var(--soft)'", "required");
        foreach (var (i, (row, share)) in bars.Index())
        {
            var (y, end) = (i * RowHeight + 6, axis[share]);
            var (left, right, color) = (Math.Min(one, end), Math.Max(one, end), row.Met == true ? "var(--good)" : "var(--bad)");
            svg.Write($"x='{Left - 8}' y='{y + 13}' text-anchor='end'", row.Id);
            svg.Draw($"rect x='{left:0.0}' y='{y}' width='{right - left:0.0}' height='17' rx='2' fill='{color}' opacity='0.75'");
            svg.Write($"x='{right + 6:0.0}' y='{y + 13}' fill='var(--soft)'", $"{ResultTable.Number(share)} of it");
        }
        return svg.ToString();
    }

    /// <summary>1 at what is required, more where it is better.</summary>
    static double Share(ResultRow row)
    {
        var limit = double.Parse(row.Required!.Split(' ')[1], CultureInfo.InvariantCulture);
        var figure = row.Ratio ?? row.Ours!.Value;
        return row.Required.StartsWith("<=", StringComparison.Ordinal) ? limit / figure : figure / limit;
    }
}
