using System.Globalization;
using System.Text;
using Paa.Benchmarks.Running;

namespace Paa.Benchmarks.Report;

/// <summary>The curves of a study as SVG, on two logarithmic axes: a straight line is a power, its slope the exponent.</summary>
static class LineChart
{
    const int Width = 460, Height = 280, Left = 62, Right = 14, Top = 40, Bottom = 40;

    /// <summary>Draws a study.</summary>
    public static string Draw(StudyResult study)
    {
        var points = study.Series.SelectMany(series => series.Points).ToArray();
        if (points.Length == 0) return "<p>Nothing could be measured.</p>";
        var x = new LogAxis(points.Min(point => point.X), points.Max(point => point.X), Left, Width - Right);
        var y = new LogAxis(points.Min(point => point.Min), points.Max(point => point.Max), Height - Bottom, Top);
        var svg = new StringBuilder();
        Append(svg, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" fill=\"var(--soft)\">");
        foreach (var value in y.Ticks())
        {
            Append(svg, $"<path d=\"M{Left} {y[value]:0.0}H{Width - Right}\" stroke=\"var(--line)\"/>");
            Append(svg, $"<text x=\"{Left - 6}\" y=\"{y[value] + 4:0.0}\" text-anchor=\"end\">{Short(value)}</text>");
        }
        foreach (var value in points.Select(point => point.X).Distinct().Order())
            Append(svg, $"<text x=\"{x[value]:0.0}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{Short(value)}</text>");
        var middle = (Left + Width - Right) / 2;
        Append(svg, $"<text x=\"{middle}\" y=\"{Height - 6}\" text-anchor=\"middle\">{HtmlPage.Encode(study.Axis)}</text>");
        Append(svg, $"<text x=\"6\" y=\"14\">{HtmlPage.Encode(study.Unit)}</text>");
        foreach (var (i, series) in study.Series.Index())
        {
            var color = i == 0 ? "var(--ours)" : "var(--peer)";
            var line = string.Join(' ', series.Points.Select(point =>
                FormattableString.Invariant($"{x[point.X]:0.0},{y[point.Median]:0.0}")));
            Append(svg, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"2\"/>");
            foreach (var point in series.Points)
            {
                Append(svg, $"<path d=\"M{x[point.X]:0.0} {y[point.Min]:0.0}V{y[point.Max]:0.0}\" stroke=\"{color}\" opacity=\"0.6\"/>");
                Append(svg, $"<circle cx=\"{x[point.X]:0.0}\" cy=\"{y[point.Median]:0.0}\" r=\"3.5\" fill=\"{color}\">");
                Append(svg, $"<title>{Short(point.X)}: {TextTable.Number(point.Median)} {HtmlPage.Encode(study.Unit)}</title></circle>");
            }
            Append(svg, $"<text x=\"{Width - Right}\" y=\"{14 + 15 * i}\" text-anchor=\"end\" fill=\"{color}\">");
            Append(svg, $"{HtmlPage.Encode(series.Name)}</text>");
        }
        return svg.Append("</svg>").ToString();
    }

    static string Short(double value) => value switch
    {
        >= 1e6 => FormattableString.Invariant($"{value / 1e6:0.##}M"),
        >= 1e4 => FormattableString.Invariant($"{value / 1e3:0.##}k"),
        _ => FormattableString.Invariant($"{value:0.####}"),
    };

    static void Append(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
