using Paa.Boxes;

namespace Paa.Data;

/// <summary>The rectangle a resized image must fit into, whichever way round it lies.</summary>
/// <param name="LongSide">Limit of the longer side, in pixels.</param>
/// <param name="ShortSide">Limit of the shorter side, in pixels.</param>
public readonly record struct ImageScale(int LongSide, int ShortSide)
{
    /// <summary>A scale from the two numbers of a configuration; their order is free.</summary>
    /// <exception cref="ArgumentException">Not two positive numbers.</exception>
    public static ImageScale From(ReadOnlySpan<int> sides) =>
        sides.Length == 2 && sides[0] > 0 && sides[1] > 0
            ? new ImageScale(Math.Max(sides[0], sides[1]), Math.Min(sides[0], sides[1]))
            : throw new ArgumentException($"img_scale must be two positive numbers, got [{string.Join(", ", sides.ToArray())}].");

    /// <summary>The largest size of the image's own ratio within this scale, as mmcv's <c>rescale_size</c> computes it.</summary>
    /// <param name="image">Size of the image.</param>
    /// <returns>At least one pixel each way, where mmcv would go down to none for a ratio beyond 2000.</returns>
    public ImageSize Fit(ImageSize image)
    {
        var factor = Math.Min(
            (double)LongSide / Math.Max(image.Height, image.Width),
            (double)ShortSide / Math.Min(image.Height, image.Width));
        return new ImageSize(Round(image.Height * factor), Round(image.Width * factor));

        static int Round(double side) => Math.Max(1, (int)(side + 0.5));
    }
}

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
    public required float WidthScale { get; init; }

    /// <summary>Resized height over original height; by rounding not exactly <see cref="WidthScale"/>.</summary>
    public required float HeightScale { get; init; }

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
            WidthScale = (float)((double)resized.Width / original.Width),
            HeightScale = (float)((double)resized.Height / original.Height),
            PadShape = new ImageSize(RoundUp(resized.Height), RoundUp(resized.Width)),
            FlipHorizontal = flipHorizontal,
            FlipVertical = flipVertical,
        };

        int RoundUp(int side) => (side + sizeDivisor - 1) / sizeDivisor * sizeDivisor;
    }

    /// <summary>The geometry of an image that is the network's input as it is.</summary>
    /// <param name="size">Its size.</param>
    public static ImageGeometry Unchanged(ImageSize size) => new()
    {
        OriginalShape = size,
        ImageShape = size,
        PadShape = size,
        WidthScale = 1,
        HeightScale = 1,
    };

    /// <summary>A box of the original image in the pixels of the input: scaled, clipped to the image, mirrored.</summary>
    public Box ToInput(Box box)
    {
        var (width, height) = ((float)ImageShape.Width, (float)ImageShape.Height);
        var (x1, x2) = (Math.Clamp(box.X1 * WidthScale, 0, width), Math.Clamp(box.X2 * WidthScale, 0, width));
        var (y1, y2) = (Math.Clamp(box.Y1 * HeightScale, 0, height), Math.Clamp(box.Y2 * HeightScale, 0, height));
        return Mirror(new Box(x1, y1, x2, y2));
    }

    /// <summary>
    /// A box of the input in the pixels of the original image: clipped to the image, mirrored back, divided by the scale.
    /// </summary>
    public Box ToOriginal(Box box)
    {
        var (x1, y1, x2, y2) = Mirror(BoxCoder.Clip(box, ImageShape));
        return new Box(x1 / WidthScale, y1 / HeightScale, x2 / WidthScale, y2 / HeightScale);
    }

    /// <summary>A box of the resized image before the flips, in the pixels after them; or the other way round.</summary>
    Box Mirror(Box box)
    {
        var (x1, y1, x2, y2) = box;
        if (FlipHorizontal) (x1, x2) = (ImageShape.Width - x2, ImageShape.Width - x1);
        if (FlipVertical) (y1, y2) = (ImageShape.Height - y2, ImageShape.Height - y1);
        return new Box(x1, y1, x2, y2);
    }
}
