namespace Paa.Boxes;

/// <summary>Turns boxes into deltas relative to anchors and back.</summary>
/// <remarks>
/// Girshick et al., CVPR 2014, appendix C, scaled by standard deviations of 0.1 (centre) and 0.2 (size), as MMDetection's
/// <c>DeltaXYWHBBoxCoder</c> does for PAA. Single precision throughout.
/// </remarks>
public static class BoxCoder
{
    /// <summary>Deltas of the centre are divided by this when encoded.</summary>
    public const float CentreDeviation = 0.1f;

    /// <summary>Deltas of the size are divided by this when encoded.</summary>
    public const float SizeDeviation = 0.2f;

    /// <summary>Largest decoded |log(box size / anchor size)|: ln(1000 / 16). It keeps the exponential finite.</summary>
    public const float MaxLogRatio = 4.135166556742356f;

    /// <summary>Deltas that <see cref="Decode"/> turns into <paramref name="box"/>, for boxes and anchors with area.</summary>
    public static BoxDeltas Encode(in Box anchor, in Box box) => new(
        ((box.X1 + box.X2) * 0.5f - (anchor.X1 + anchor.X2) * 0.5f) / anchor.Width / CentreDeviation,
        ((box.Y1 + box.Y2) * 0.5f - (anchor.Y1 + anchor.Y2) * 0.5f) / anchor.Height / CentreDeviation,
        MathF.Log(box.Width / anchor.Width) / SizeDeviation,
        MathF.Log(box.Height / anchor.Height) / SizeDeviation);

    /// <summary>The box that deltas describe; it may reach beyond the image.</summary>
    /// <remarks>The size is clamped by <see cref="MaxLogRatio"/>, the shift of the centre is not.</remarks>
    public static Box Decode(in Box anchor, in BoxDeltas deltas)
    {
        var centreX = (anchor.X1 + anchor.X2) * 0.5f + anchor.Width * (deltas.X * CentreDeviation);
        var centreY = (anchor.Y1 + anchor.Y2) * 0.5f + anchor.Height * (deltas.Y * CentreDeviation);
        var halfWidth = anchor.Width * SizeRatio(deltas.Width) * 0.5f;
        var halfHeight = anchor.Height * SizeRatio(deltas.Height) * 0.5f;
        return new Box(centreX - halfWidth, centreY - halfHeight, centreX + halfWidth, centreY + halfHeight);
    }

    /// <summary>The part of a box inside an image; without area if there is none.</summary>
    public static Box Clip(in Box box, ImageSize image) => new(
        Math.Clamp(box.X1, 0, image.Width), Math.Clamp(box.Y1, 0, image.Height),
        Math.Clamp(box.X2, 0, image.Width), Math.Clamp(box.Y2, 0, image.Height));

    static float SizeRatio(float delta) => MathF.Exp(Math.Clamp(delta * SizeDeviation, -MaxLogRatio, MaxLogRatio));
}
