using System.Globalization;
using System.Net;
using System.Text;

namespace Paa.Cli.Charts;

/// <summary>One line of a chart.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Color">A CSS colour.</param>
/// <param name="Points">By ascending x.</param>
sealed record ChartSeries(string Name, string Color, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A line chart as SVG, to stand inside an HTML page.</summary>
static class SvgChart
{
    const int Width = 720, Height = 300, Left = 56, Right = 16, Top = 28, Bottom = 36;
    const int TickCount = 5;

    /// <summary>Draws series from zero upwards.</summary>
    /// <param name="xTitle">What x counts.</param>
    /// <param name="series">At least one, each with its points.</param>
    public static string Draw(string xTitle, params IReadOnlyList<ChartSeries> series)
    {
        var points = series.SelectMany(line => line.Points).ToArray();
        if (points.Length == 0) return "<p>There are no points to draw.</p>";
        var xMax = Math.Max(1, points.Max(point => point.X));
        var step = NiceStep(Math.Max(1e-9, points.Max(point => point.Y)) / TickCount);
        var yMax = step * Math.Ceiling(Math.Max(1e-9, points.Max(point => point.Y)) / step);

        var svg = new StringBuilder();
        Append(svg, $"<svg viewBox='0 0 {Width} {Height}' role='img' font-family='sans-serif' font-size='12' fill='#888'>");
        for (var y = 0.0; y <= yMax + step / 2; y += step)
        {
            Append(svg, $"<path d='M{Left} {Y(y):0.0}H{Width - Right}' stroke='currentColor' opacity='0.15'/>");
            Append(svg, $"<text x='{Left - 6}' y='{Y(y) + 4:0.0}' text-anchor='end'>{Math.Round(y, 6):0.####}</text>");
        }
        var xStep = Math.Max(1, NiceStep(xMax / TickCount));
        for (var x = 0.0; x <= xMax; x += xStep)
            Append(svg, $"<text x='{X(x):0.0}' y='{Height - Bottom + 16}' text-anchor='middle'>{x:0}</text>");
        var title = WebUtility.HtmlEncode(xTitle);
        Append(svg, $"<text x='{(Left + Width - Right) / 2}' y='{Height - 4}' text-anchor='middle'>{title}</text>");

        var legend = Left;
        foreach (var line in series)
        {
            var places = line.Points.Select(point => FormattableString.Invariant($"{X(point.X):0.0},{Y(point.Y):0.0}"));
            Append(svg, $"<polyline fill='none' stroke='{line.Color}' stroke-width='2' points='{string.Join(' ', places)}'/>");
            if (line.Points is [var only])
                Append(svg, $"<circle cx='{X(only.X):0.0}' cy='{Y(only.Y):0.0}' r='3' fill='{line.Color}'/>");
            Append(svg, $"<text x='{legend}' y='16' fill='{line.Color}'>{WebUtility.HtmlEncode(line.Name)}</text>");
            legend += 24 + 7 * line.Name.Length;
        }
        return svg.Append("</svg>").ToString();

        double X(double value) => Left + value / xMax * (Width - Left - Right);
        double Y(double value) => Height - Bottom - value / yMax * (Height - Top - Bottom);
    }

    /// <summary>1, 2 or 5 times a power of ten, at least the given step.</summary>
    static double NiceStep(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= least * (1 - 1e-9));
    }

    static void Append(StringBuilder svg, FormattableString text) =>
        svg.Append(text.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
