namespace Paa.Data.Synth;

/// <summary>The classes of a synthetic data set.</summary>
public enum SynthShape
{
    /// <summary>A disc.</summary>
    Circle,

    /// <summary>A square.</summary>
    Square,

    /// <summary>An equilateral triangle.</summary>
    Triangle,

    /// <summary>A star with five points.</summary>
    Star,

    /// <summary>A cross with equal arms.</summary>
    Cross,
}

/// <summary>The outline of one shape in an image.</summary>
/// <param name="Shape">Its class.</param>
/// <param name="X">Column of the centre.</param>
/// <param name="Y">Row of the centre.</param>
/// <param name="Radius">Radius of the circle around the shape, in pixels.</param>
/// <param name="Angle">Rotation in radians.</param>
/// <param name="Stretch">Width over height before rotation, near 1.</param>
readonly record struct ShapeOutline(SynthShape Shape, double X, double Y, double Radius, double Angle, double Stretch)
{
    /// <summary>
    /// Signed distance of a point from the edge in pixels, negative inside; accurate near the edge, where it matters.
    /// </summary>
    public double Distance(double x, double y)
    {
        var (sin, cos) = Math.SinCos(Angle);
        var (dx, dy) = (x - X, y - Y);
        var (narrow, u, v) = (Math.Sqrt(Stretch), cos * dx + sin * dy, cos * dy - sin * dx);
        (u, v) = (u / narrow, v * narrow);                          // in the axes of the stretched shape
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

    /// <summary>Folds the plane into one of ten equal sectors, in which the edge is a line from a tip to a notch.</summary>
    double Star(double u, double v)
    {
        const double notch = 0.45;                                  // radius of the notches; that of the tips is 1
        var turn = Math.Atan2(v, u) / (Math.PI / 5);
        var sector = Math.Abs(turn - 2 * Math.Round(turn / 2)) * (Math.PI / 5);      // 0 at a tip, pi/5 at a notch
        var distance = Math.Sqrt(u * u + v * v);
        var (sin, cos) = Math.SinCos(sector);
        var (px, py) = (distance * cos - Radius, distance * sin);
        var (ex, ey) = (Radius * (notch * Math.Cos(Math.PI / 5) - 1), Radius * notch * Math.Sin(Math.PI / 5));
        return (px * -ey + py * ex) / -Math.Sqrt(ex * ex + ey * ey);
    }
}
