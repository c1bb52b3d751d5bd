using System.Globalization;

namespace Paa.Reports;

/// <summary>A point of a curve.</summary>
/// <param name="X">Position on the x axis.</param>
/// <param name="Y">Its value.</param>
/// <param name="Spread">Lowest and highest value measured at this point; drawn as a bar.</param>
readonly record struct ChartPoint(double X, double Y, (double Min, double Max)? Spread = null);

/// <summary>One curve of a chart.</summary>
/// <param name="Name">Name in the legend.</param>
/// <param name="Color">A CSS colour.</param>
/// <param name="Points">Points in ascending order of x.</param>
sealed record ChartSeries(string Name, string Color, IReadOnlyList<ChartPoint> Points);

/// <summary>Draws curves as SVG for use inside an HTML page.</summary>
static class LineChart
{
    const int Width = 720, Height = 300, Left = 56, Right = 16, Top = 28, Bottom = 36;
    const string NothingToDraw = "<p>There are no points to draw.</p>";

    /// <summary>Draws curves from zero upwards.</summary>
    /// <param name="xTitle">The quantity on the x axis.</param>
    /// <param name="series">At least one curve with points.</param>
    public static string Draw(string xTitle, params IReadOnlyList<ChartSeries> series)
    {
        var points = series.SelectMany(line => line.Points).ToArray();
        if (points.Length == 0) return NothingToDraw;
        var x = ChartAxis.Linear(points.Max(point => point.X), Left, Width - Right, leastStep: 1);
        var y = ChartAxis.Linear(points.Max(point => point.Y), Height - Bottom, Top).RoundedUp();
        return Draw(xTitle, "", series, x, y, x.Ticks());
    }

    /// <summary>
    /// Draws curves on two logarithmic axes, on which a power law is a straight line with its exponent as slope.
    /// </summary>
    /// <param name="xTitle">The quantity on the x axis.</param>
    /// <param name="yTitle">The measured quantity with its unit.</param>
    /// <param name="series">At least one curve; all numbers are positive. Every x gets a tick.</param>
    public static string DrawLogarithmic(string xTitle, string yTitle, IReadOnlyList<ChartSeries> series)
    {
        var points = series.SelectMany(line => line.Points).ToArray();
        if (points.Length == 0) return NothingToDraw;
        var x = ChartAxis.Logarithmic(points.Min(point => point.X), points.Max(point => point.X), Left, Width - Right);
        var y = ChartAxis.Logarithmic(
            points.Min(point => point.Spread?.Min ?? point.Y),
                points.Max(point => point.Spread?.Max ?? point.Y), Height - Bottom, Top);
        return Draw(xTitle, yTitle, series, x, y, points.Select(point => point.X).Distinct().Order());
    }

    static string Draw(
        string xTitle, string yTitle, IReadOnlyList<ChartSeries> series, ChartAxis x, ChartAxis y, IEnumerable<double> xTicks)
    {
        var svg = new SvgPicture(Width, Height, "#888");
        foreach (var value in y.Ticks())
        {
            svg.Draw($"path d='M{Left} {y[value]:0.0}H{Width - Right}' stroke='currentColor' opacity='0.15'");
            svg.Write($"x='{Left - 6}' y='{y[value] + 4:0.0}' text-anchor='end'", Short(value));
        }
        foreach (var value in xTicks)
            svg.Write($"x='{x[value]:0.0}' y='{Height - Bottom + 16}' text-anchor='middle'", Short(value));
        svg.Write($"x='{(Left + Width - Right) / 2}' y='{Height - 4}' text-anchor='middle'", xTitle);
        svg.Write($"x='{Width - Right}' y='16' text-anchor='end'", yTitle);
        var legend = Left;
        foreach (var line in series)
        {
            var places = string.Join(' ', line.Points.Select(point =>
                FormattableString.Invariant($"{x[point.X]:0.0},{y[point.Y]:0.0}")));
            svg.Draw($"polyline fill='none' stroke='{line.Color}' stroke-width='2' points='{places}'");
            foreach (var point in line.Points) DrawMark(svg, line, point, x, y);
            svg.Write($"x='{legend}' y='16' fill='{line.Color}'", line.Name);
            legend += 24 + 7 * line.Name.Length;
        }
        return svg.ToString();
    }

    /// <summary>Draws a dot where there is a spread, or where there is no line to see.</summary>
    static void DrawMark(SvgPicture svg, ChartSeries line, ChartPoint point, ChartAxis x, ChartAxis y)
    {
        if (point.Spread is { } spread)
            svg.Draw($"path d='M{x[point.X]:0.0} {y[spread.Min]:0.0}V{y[spread.Max]:0.0}' stroke='{line.Color}' opacity='0.6'");
        else if (line.Points.Count > 1) return;
        svg.Draw($"circle cx='{x[point.X]:0.0}' cy='{y[point.Y]:0.0}' r='3' fill='{line.Color}'",
            $"{Short(point.X)}: {Short(point.Y)}");
    }

    static string Short(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##M", CultureInfo.InvariantCulture),
        >= 1e4 => (value / 1e3).ToString("0.##k", CultureInfo.InvariantCulture),
        _ => Math.Round(value, 6).ToString("0.####", CultureInfo.InvariantCulture),
    };
}
