namespace Paa.Boxes;

/// <summary>How much two boxes overlap: IoU, IoF and generalised IoU in single precision.</summary>
/// <remarks>
/// The order of operations is MMDetection's (<c>bbox_overlaps</c>), because the matcher compares overlaps for equality. Widths
/// carry no +1, denominators are at least <see cref="Epsilon"/>, and a box without area overlaps nothing.
/// </remarks>
public static class BoxOverlap
{
    /// <summary>Smallest denominator, in square pixels.</summary>
    public const float Epsilon = 1e-6f;

    /// <summary>Area of the intersection; 0 for boxes apart and for an inverted box.</summary>
    public static float Intersection(in Box a, in Box b)
    {
        var width = MathF.Min(a.X2, b.X2) - MathF.Max(a.X1, b.X1);
        var height = MathF.Min(a.Y2, b.Y2) - MathF.Max(a.Y1, b.Y1);
        return MathF.Max(width, 0) * MathF.Max(height, 0);
    }

    /// <summary>Intersection over union, in [0, 1].</summary>
    public static float Iou(in Box a, in Box b)
    {
        var intersection = Intersection(a, b);
        return intersection / MathF.Max(a.Area + b.Area - intersection, Epsilon);
    }

    /// <summary>Intersection over the area of <paramref name="a"/> (the "foreground"), in [0, 1].</summary>
    public static float Iof(in Box a, in Box b) => Intersection(a, b) / MathF.Max(a.Area, Epsilon);

    /// <summary>Generalised IoU, in [-1, 1]: below 0 for boxes apart, the lower the farther.</summary>
    /// <remarks>Rezatofighi et al., CVPR 2019, algorithm 1.</remarks>
    public static float Giou(in Box a, in Box b)
    {
        var intersection = Intersection(a, b);
        var union = MathF.Max(a.Area + b.Area - intersection, Epsilon);
        var hullWidth = MathF.Max(a.X2, b.X2) - MathF.Min(a.X1, b.X1);
        var hullHeight = MathF.Max(a.Y2, b.Y2) - MathF.Min(a.Y1, b.Y1);
        var hull = MathF.Max(MathF.Max(hullWidth, 0) * MathF.Max(hullHeight, 0), Epsilon);
        return intersection / union - (hull - union) / hull;
    }
}
