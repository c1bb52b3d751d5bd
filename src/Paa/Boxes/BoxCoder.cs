using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Paa.Numerics;

namespace Paa.Boxes;

/// <summary>A box relative to an anchor, as the network predicts it. See <see cref="BoxCoder"/>.</summary>
/// <param name="X">Shift of the centre to the right, in tenths of the anchor's width.</param>
/// <param name="Y">Shift of the centre downwards, in tenths of the anchor's height.</param>
/// <param name="Width">Logarithm of the ratio of widths, times 5.</param>
/// <param name="Height">Logarithm of the ratio of heights, times 5.</param>
public readonly record struct BoxDeltas(float X, float Y, float Width, float Height);

/// <summary>Turns boxes into deltas relative to anchors and back.</summary>
/// <remarks>
/// Girshick et al., CVPR 2014, appendix C, scaled by standard deviations of 0.1 (centre) and 0.2 (size), as MMDetection's
/// <c>DeltaXYWHBBoxCoder</c> does for PAA. Single precision throughout.
/// </remarks>
public static class BoxCoder
{
    /// <summary>Deltas of the centre are divided by this when encoded.</summary>
    public const float CenterDeviation = 0.1f;

    /// <summary>Deltas of the size are divided by this when encoded.</summary>
    public const float SizeDeviation = 0.2f;

    /// <summary>Largest decoded |log(box size / anchor size)|: ln(1000 / 16). It keeps the exponential finite.</summary>
    public const float MaxLogRatio = 4.135166556742356f;

    /// <summary>
    /// Encodes a box as deltas, the inverse of <see cref="Decode(in Box, in BoxDeltas)"/>. Both boxes must have an area.
    /// </summary>
    /// <param name="anchor">The anchor.</param>
    /// <param name="box">The box.</param>
    public static BoxDeltas Encode(in Box anchor, in Box box) => new(
        ((box.X1 + box.X2) * 0.5f - (anchor.X1 + anchor.X2) * 0.5f) / anchor.Width / CenterDeviation,
        ((box.Y1 + box.Y2) * 0.5f - (anchor.Y1 + anchor.Y2) * 0.5f) / anchor.Height / CenterDeviation,
        MathF.Log(box.Width / anchor.Width) / SizeDeviation,
        MathF.Log(box.Height / anchor.Height) / SizeDeviation);

    /// <summary>Decodes deltas into a box, which may reach beyond the image.</summary>
    /// <remarks>The size is clamped by <see cref="MaxLogRatio"/>, the shift of the centre is not.</remarks>
    public static Box Decode(in Box anchor, in BoxDeltas deltas)
    {
        var centerX = (anchor.X1 + anchor.X2) * 0.5f + anchor.Width * (deltas.X * CenterDeviation);
        var centerY = (anchor.Y1 + anchor.Y2) * 0.5f + anchor.Height * (deltas.Y * CenterDeviation);
        var halfWidth = anchor.Width * SizeRatio(deltas.Width) * 0.5f;
        var halfHeight = anchor.Height * SizeRatio(deltas.Height) * 0.5f;
        return new Box(centerX - halfWidth, centerY - halfHeight, centerX + halfWidth, centerY + halfHeight);

        static float SizeRatio(float delta) => MathF.Exp(Math.Clamp(delta * SizeDeviation, -MaxLogRatio, MaxLogRatio));
    }

    /// <summary>
    /// Decodes up to sixteen boxes at a time, equal to <see cref="Decode(in Box, in BoxDeltas)"/> up to rounding.
    /// </summary>
    /// <param name="anchors">One anchor per delta.</param>
    /// <param name="deltas">Up to <see cref="BoxVectors.Count"/> of them.</param>
    internal static BoxVectors Decode(in BoxVectors anchors, ReadOnlySpan<BoxDeltas> deltas)
    {
        var (x, y, width, height) = BoxVectors.Transpose(MemoryMarshal.Cast<BoxDeltas, float>(deltas));
        var centerX = (anchors.X1 + anchors.X2) * 0.5f + anchors.Width * (x * CenterDeviation);
        var centerY = (anchors.Y1 + anchors.Y2) * 0.5f + anchors.Height * (y * CenterDeviation);
        var halfWidth = anchors.Width * SizeRatio(width) * 0.5f;
        var halfHeight = anchors.Height * SizeRatio(height) * 0.5f;
        return new BoxVectors(centerX - halfWidth, centerY - halfHeight, centerX + halfWidth, centerY + halfHeight);

        static Vector512<float> SizeRatio(Vector512<float> delta)
        {
            var bound = Vector512.Create(MaxLogRatio);
            return VectorMath.Exp(Vector512.Min(Vector512.Max(delta * SizeDeviation, -bound), bound));
        }
    }

    /// <summary>Clips a box to an image; the result has no area if the box lies outside.</summary>
    public static Box Clip(in Box box, ImageSize image) => new(
        Math.Clamp(box.X1, 0, image.Width), Math.Clamp(box.Y1, 0, image.Height),
        Math.Clamp(box.X2, 0, image.Width), Math.Clamp(box.Y2, 0, image.Height));
}
