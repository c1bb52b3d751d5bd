using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paa.Numerics;

namespace Paa.Boxes;

/// <summary>Sixteen boxes by coordinate: what <see cref="BoxCoder"/> and <see cref="BoxOverlap"/> do to one at a time.</summary>
readonly struct BoxVectors
{
    /// <summary>Number of boxes.</summary>
    public const int Count = VectorMath.Lanes;

    readonly Vector512<float> _x1, _y1, _x2, _y2;

    BoxVectors(Vector512<float> x1, Vector512<float> y1, Vector512<float> x2, Vector512<float> y2) =>
        (_x1, _y1, _x2, _y2) = (x1, y1, x2, y2);

    Vector512<float> Width => _x2 - _x1;

    Vector512<float> Height => _y2 - _y1;

    Vector512<float> Area => Width * Height;

    /// <summary>Boxes side by side.</summary>
    /// <param name="boxes">Up to <see cref="Count"/> of them; the others become zero.</param>
    public static BoxVectors Load(ReadOnlySpan<Box> boxes) => Transpose(MemoryMarshal.Cast<Box, float>(boxes));

    /// <summary>The boxes that deltas describe, as <see cref="BoxCoder.Decode"/> finds them, up to rounding.</summary>
    /// <param name="anchors">One for each delta.</param>
    /// <param name="deltas">Up to <see cref="Count"/> of them.</param>
    public static BoxVectors Decode(in BoxVectors anchors, ReadOnlySpan<BoxDeltas> deltas)
    {
        var delta = Transpose(MemoryMarshal.Cast<BoxDeltas, float>(deltas));
        var centreX = (anchors._x1 + anchors._x2) * 0.5f + anchors.Width * (delta._x1 * BoxCoder.CentreDeviation);
        var centreY = (anchors._y1 + anchors._y2) * 0.5f + anchors.Height * (delta._y1 * BoxCoder.CentreDeviation);
        var halfWidth = anchors.Width * SizeRatio(delta._x2) * 0.5f;
        var halfHeight = anchors.Height * SizeRatio(delta._y2) * 0.5f;
        return new BoxVectors(centreX - halfWidth, centreY - halfHeight, centreX + halfWidth, centreY + halfHeight);
    }

    /// <summary>Generalised IoU of each box with its counterpart, as <see cref="BoxOverlap.Giou"/>.</summary>
    public static Vector512<float> Giou(in BoxVectors a, in BoxVectors b)
    {
        var epsilon = Vector512.Create(BoxOverlap.Epsilon);
        var intersection = Positive(Vector512.Min(a._x2, b._x2) - Vector512.Max(a._x1, b._x1))
            * Positive(Vector512.Min(a._y2, b._y2) - Vector512.Max(a._y1, b._y1));
        var union = Vector512.Max(a.Area + b.Area - intersection, epsilon);
        var hull = Vector512.Max(epsilon, Positive(Vector512.Max(a._x2, b._x2) - Vector512.Min(a._x1, b._x1))
            * Positive(Vector512.Max(a._y2, b._y2) - Vector512.Min(a._y1, b._y1)));
        return intersection / union - (hull - union) / hull;
    }

    static Vector512<float> SizeRatio(Vector512<float> delta)
    {
        var bound = Vector512.Create(BoxCoder.MaxLogRatio);
        return VectorMath.Exp(Vector512.Min(Vector512.Max(delta * BoxCoder.SizeDeviation, -bound), bound));
    }

    static Vector512<float> Positive(Vector512<float> value) => Vector512.Max(value, Vector512<float>.Zero);

    static BoxVectors Transpose(ReadOnlySpan<float> rows)
    {
        Span<float> columns = stackalloc float[4 * Count];
        for (var i = 0; i < rows.Length; i++) columns[i % 4 * Count + i / 4] = rows[i];
        return new BoxVectors(Column(columns, 0), Column(columns, 1), Column(columns, 2), Column(columns, 3));
    }

    static Vector512<float> Column(ReadOnlySpan<float> columns, int index) => Vector512.Create(columns[(index * Count)..]);
}
