using Paa.Boxes;

namespace Paa.Data;

/// <summary>How an image becomes the network's input: its sizes on the way, and what that does to boxes.</summary>
/// <remarks>Known from the size of the image alone, so a batch can be laid out before any pixel is read.</remarks>
public sealed record ImageGeometry
{
    /// <summary>Size of the decoded image.</summary>
    public required ImageSize OriginalShape { get; init; }

    /// <summary>Size after resizing: where the pixels of the input are.</summary>
    public required ImageSize ImageShape { get; init; }

    /// <summary>Size after padding at the right and the bottom: multiples of the divisor.</summary>
    public required ImageSize PadShape { get; init; }

    /// <summary>Mirrored left and right.</summary>
    public bool FlipHorizontal { get; init; }

    /// <summary>Mirrored top and bottom.</summary>
    public bool FlipVertical { get; init; }

    /// <summary>Resized width over original width.</summary>
    public float WidthScale => (float)((double)ImageShape.Width / OriginalShape.Width);

    /// <summary>Resized height over original height; by rounding not exactly <see cref="WidthScale"/>.</summary>
    public float HeightScale => (float)((double)ImageShape.Height / OriginalShape.Height);

    /// <summary>What the corners of a box are multiplied with, x, y, x, y: MMDetection's <c>scale_factor</c>.</summary>
    public float[] ScaleFactor => [WidthScale, HeightScale, WidthScale, HeightScale];

    /// <summary>Fits an image into a scale.</summary>
    /// <param name="original">Size of the decoded image.</param>
    /// <param name="scale">What the resized image must fit into.</param>
    /// <param name="sizeDivisor">The padded sides are multiples of it.</param>
    /// <param name="flipHorizontal">Mirror left and right.</param>
    /// <param name="flipVertical">Mirror top and bottom.</param>
    public static ImageGeometry Fit(
        ImageSize original, ImageScale scale, int sizeDivisor, bool flipHorizontal = false, bool flipVertical = false)
    {
        var resized = scale.Fit(original);
        return new ImageGeometry
        {
            OriginalShape = original,
            ImageShape = resized,
            PadShape = new ImageSize(RoundUp(resized.Height), RoundUp(resized.Width)),
            FlipHorizontal = flipHorizontal,
            FlipVertical = flipVertical,
        };

        int RoundUp(int side) => (side + sizeDivisor - 1) / sizeDivisor * sizeDivisor;
    }

    /// <summary>A box of the original image in the pixels of the input: scaled, clipped to the image, mirrored.</summary>
    public Box ToInput(Box box)
    {
        var (width, height) = ((float)ImageShape.Width, (float)ImageShape.Height);
        var (x1, x2) = (Math.Clamp(box.X1 * WidthScale, 0, width), Math.Clamp(box.X2 * WidthScale, 0, width));
        var (y1, y2) = (Math.Clamp(box.Y1 * HeightScale, 0, height), Math.Clamp(box.Y2 * HeightScale, 0, height));
        return Mirror(new Box(x1, y1, x2, y2));
    }

    /// <summary>A box of the resized image before the flips, in the pixels after them; or the other way round.</summary>
    public Box Mirror(Box box)
    {
        var (x1, y1, x2, y2) = box;
        if (FlipHorizontal) (x1, x2) = (ImageShape.Width - x2, ImageShape.Width - x1);
        if (FlipVertical) (y1, y2) = (ImageShape.Height - y2, ImageShape.Height - y1);
        return new Box(x1, y1, x2, y2);
    }
}
