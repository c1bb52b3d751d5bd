namespace Paa.Data.Synth;

/// <summary>The classes of a synthetic data set.</summary>
public enum SynthShape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square.</summary>
    Square,

    /// <summary>A triangle of equal sides.</summary>
    Triangle,

    /// <summary>A star of five points.</summary>
    Star,

    /// <summary>A cross of equal arms.</summary>
    Cross,
}

/// <summary>One shape in an image: where its edge is.</summary>
/// <param name="Shape">Its class.</param>
/// <param name="X">Column of the centre.</param>
/// <param name="Y">Row of the centre.</param>
/// <param name="Radius">Of the circle around it, in pixels.</param>
/// <param name="Angle">Rotation in radians.</param>
/// <param name="Stretch">Width over height before rotation, near 1.</param>
readonly record struct ShapeOutline(SynthShape Shape, double X, double Y, double Radius, double Angle, double Stretch)
{
    /// <summary>Distance of a point from the edge in pixels, negative inside; right near the edge, where it matters.</summary>
    public double Distance(double x, double y)
    {
        var (sin, cos) = Math.SinCos(Angle);
        var (dx, dy) = (x - X, y - Y);
        var (narrow, u, v) = (Math.Sqrt(Stretch), cos * dx + sin * dy, cos * dy - sin * dx);
        (u, v) = (u / narrow, v * narrow);                          // the stretched shape in its own axes
        return Shape switch
        {
            SynthShape.Circle => Math.Sqrt(u * u + v * v) - Radius,
            SynthShape.Square => Math.Max(Math.Abs(u), Math.Abs(v)) - Radius * Math.Sqrt(0.5),
            SynthShape.Triangle => Math.Max(v, Math.Abs(u) * Math.Sqrt(0.75) - v / 2) - Radius / 2,
            SynthShape.Star => Star(u, v),
            SynthShape.Cross => Math.Min(
                Math.Max(Math.Abs(u) - Radius * 0.95, Math.Abs(v) - Radius * 0.3),
                Math.Max(Math.Abs(v) - Radius * 0.95, Math.Abs(u) - Radius * 0.3)),
            _ => throw new ArgumentOutOfRangeException(nameof(Shape)),
        };
    }

    /// <summary>Folds the plane into one of ten equal sectors, where the edge is a line from a tip to a notch.</summary>
    double Star(double u, double v)
    {
        const double notch = 0.45;                                  // radius of the notches, the tips have 1
        var turn = Math.Atan2(v, u) / (Math.PI / 5);
        var sector = Math.Abs(turn - 2 * Math.Round(turn / 2)) * (Math.PI / 5);      // 0 at a tip, pi/5 at a notch
        var distance = Math.Sqrt(u * u + v * v);
        var (sin, cos) = Math.SinCos(sector);
        var (px, py) = (distance * cos - Radius, distance * sin);
        var (ex, ey) = (Radius * (notch * Math.Cos(Math.PI / 5) - 1), Radius * notch * Math.Sin(Math.PI / 5));
        return (px * -ey + py * ex) / -Math.Sqrt(ex * ex + ey * ey);
    }
}
