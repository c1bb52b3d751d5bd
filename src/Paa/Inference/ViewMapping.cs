using Paa.Boxes;
using Paa.Data;

namespace Paa.Inference;

/// <summary>The way from the network's input back to the original image: clip, undo the flips, undo the scale.</summary>
/// <param name="shape">Size of the resized image without padding.</param>
/// <param name="scale">What the corners were multiplied with: a box of four factors.</param>
/// <param name="flipped">The flips to undo; null for none.</param>
readonly struct ViewMapping(ImageSize shape, Box scale, ImageGeometry? flipped = null)
{
    /// <summary>The way of a whole geometry.</summary>
    public ViewMapping(ImageGeometry geometry)
        : this(geometry.ImageShape,
            new Box(geometry.WidthScale, geometry.HeightScale, geometry.WidthScale, geometry.HeightScale), geometry)
    {
    }

    /// <summary>A decoded box in pixels of the original image.</summary>
    public Box ToOriginal(Box decoded)
    {
        var box = BoxCoder.Clip(decoded, shape);
        if (flipped is not null) box = flipped.Mirror(box);
        return new Box(box.X1 / scale.X1, box.Y1 / scale.Y1, box.X2 / scale.X2, box.Y2 / scale.Y2);
    }
}
