using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Paa.Boxes;

/// <summary>Overlap of boxes: IoU, IoF and generalised IoU.</summary>
/// <remarks>
/// <para>
/// The order of operations is that of MMDetection's <c>bbox_overlaps</c>, because the matcher compares overlaps for equality.
/// Widths carry no +1, denominators are at least <see cref="Epsilon"/>, and a box without area overlaps nothing.
/// </para>
/// <para>
/// The first part measures one pair of boxes. It is the oracle of the second part, which measures a vector of pairs at a time:
/// equal bit for bit where the result decides a threshold or a tie, and up to rounding where it enters a loss.
/// </para>
/// </remarks>
public static class BoxOverlap
{
    /// <summary>Smallest denominator, in square pixels.</summary>
    public const float Epsilon = 1e-6f;

    /// <summary>Area of the intersection; 0 for disjoint boxes and for an inverted box.</summary>
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

    /// <summary>Generalised IoU, in [-1, 1]: below 0 for disjoint boxes, and lower the farther they are apart.</summary>
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

    /// <summary>IoU in double precision as pycocotools computes it: <c>bbIou</c> of <c>maskApi.c</c>.</summary>
    /// <param name="detection">Left, top, width and height.</param>
    /// <param name="target">Left, top, width and height of the object.</param>
    /// <param name="isCrowd">
    /// Whether the object is a crowd; then the intersection is divided by the area of the detection.
    /// </param>
    internal static double CocoIou(in XywhBox detection, in XywhBox target, bool isCrowd)
    {
        var width = Math.Min(detection.X + detection.Width, target.X + target.Width) - Math.Max(detection.X, target.X);
        if (width <= 0) return 0;
        var height = Math.Min(detection.Y + detection.Height, target.Y + target.Height) - Math.Max(detection.Y, target.Y);
        if (height <= 0) return 0;
        var intersection = width * height;
        return intersection / (isCrowd ? detection.Area : detection.Area + target.Area - intersection);
    }

    /// <summary>The length that two intervals share, for a vector of pairs; 0 for disjoint intervals.</summary>
    /// <remarks>One side of <see cref="Intersection(in Box, in Box)"/>, equal to it bit for bit.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> SharedLength(
        Vector<float> lowA, Vector<float> highA, Vector<float> lowB, Vector<float> highB) =>
        Vector.Max(Vector.Min(highA, highB) - Vector.Max(lowA, lowB), Vector<float>.Zero);

    /// <summary>IoU of a vector of pairs, equal to <see cref="Iou(in Box, in Box)"/> bit for bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Iou(Vector<float> intersection, Vector<float> areaA, Vector<float> areaB) =>
        intersection / Vector.Max(areaA + areaB - intersection, Vector.Create(Epsilon));

    /// <summary>Area of the intersection of one box with a vector of boxes, equal to the scalar version bit for bit.</summary>
    /// <param name="box">The one box.</param>
    /// <param name="others">The boxes to compare with.</param>
    /// <param name="start">Index of the first box to compare with.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Intersection(in Box box, BoxColumns others, int start) =>
        SharedLength(Vector.Create(box.X1), Vector.Create(box.X2), others.X1(start), others.X2(start))
        * SharedLength(Vector.Create(box.Y1), Vector.Create(box.Y2), others.Y1(start), others.Y2(start));

    /// <summary>IoU of one box with a vector of boxes, equal to <see cref="Iou(in Box, in Box)"/> bit for bit.</summary>
    /// <inheritdoc cref="Intersection(in Box, BoxColumns, int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector<float> Iou(in Box box, BoxColumns others, int start) =>
        Iou(Intersection(box, others, start), Vector.Create(box.Area), others.Area(start));

    /// <summary>Whether the IoU of a box with any of many boxes is above a threshold (not equal to it).</summary>
    /// <remarks>Decided without a division, as in mmcv's NMS: intersection &gt; threshold * union.</remarks>
    internal static bool AnyIouAbove(in Box box, BoxColumns others, float threshold)
    {
        for (var i = 0; i < others.Count; i += Vector<float>.Count)
        {
            var intersection = Intersection(box, others, i);
            var union = others.Area(i) + Vector.Create(box.Area) - intersection;
            if (Vector.GreaterThanAny(intersection, threshold * union)) return true;
        }
        return false;
    }

    /// <summary>Generalised IoU of sixteen pairs, as <see cref="Giou(in Box, in Box)"/> up to rounding.</summary>
    internal static Vector512<float> Giou(in BoxVectors a, in BoxVectors b)
    {
        var epsilon = Vector512.Create(Epsilon);
        var intersection = Positive(Vector512.Min(a.X2, b.X2) - Vector512.Max(a.X1, b.X1))
            * Positive(Vector512.Min(a.Y2, b.Y2) - Vector512.Max(a.Y1, b.Y1));
        var union = Vector512.Max(a.Area + b.Area - intersection, epsilon);
        var hull = Vector512.Max(epsilon, Positive(Vector512.Max(a.X2, b.X2) - Vector512.Min(a.X1, b.X1))
            * Positive(Vector512.Max(a.Y2, b.Y2) - Vector512.Min(a.Y1, b.Y1)));
        return intersection / union - (hull - union) / hull;

        static Vector512<float> Positive(Vector512<float> value) => Vector512.Max(value, Vector512<float>.Zero);
    }
}
