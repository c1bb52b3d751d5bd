using Paa.Boxes;

namespace Paa.Data;

/// <summary>The rectangle that a resized image must fit into, in landscape or portrait.</summary>
/// <param name="LongSide">Limit of the longer side, in pixels.</param>
/// <param name="ShortSide">Limit of the shorter side, in pixels.</param>
public readonly record struct ImageScale(int LongSide, int ShortSide)
{
    /// <summary>Creates a scale from the two numbers of a configuration, in either order.</summary>
    /// <exception cref="ArgumentException">The numbers are not two positive ones.</exception>
    public static ImageScale From(ReadOnlySpan<int> sides) =>
        sides.Length == 2 && sides[0] > 0 && sides[1] > 0
            ? new ImageScale(Math.Max(sides[0], sides[1]), Math.Min(sides[0], sides[1]))
            : throw new ArgumentException($"img_scale must be two positive numbers, got [{string.Join(", ", sides.ToArray())}].");

    /// <summary>
    /// The largest size within this scale that keeps the image's aspect ratio, as mmcv's <c>rescale_size</c> computes it.
    /// </summary>
    /// <param name="image">Size of the image.</param>
    /// <returns>At least one pixel per side, where mmcv would return 0 for a ratio beyond 2000.</returns>
    public ImageSize Fit(ImageSize image)
    {
        var factor = Math.Min(
            (double)LongSide / Math.Max(image.Height, image.Width),
            (double)ShortSide / Math.Min(image.Height, image.Width));
        return new ImageSize(Round(image.Height * factor), Round(image.Width * factor));

        static int Round(double side) => Math.Max(1, (int)(side + 0.5));
    }
}

/// <summary>How an image becomes the network's input: its sizes, scale factors and flips, and the mapping of boxes.</summary>
/// <remarks>It depends only on the size of the image, so a batch can be laid out before any pixel is read.</remarks>
public sealed record ImageGeometry
{
    /// <summary>Size of the decoded image.</summary>
    public required ImageSize OriginalShape { get; init; }

    /// <summary>Size after resizing: the part of the input that the image fills.</summary>
    public required ImageSize ImageShape { get; init; }

    /// <summary>Size after padding at the right and the bottom: multiples of the size divisor.</summary>
    public required ImageSize PadShape { get; init; }

    /// <summary>Whether the image is mirrored left to right.</summary>
    public bool FlipHorizontal { get; init; }

    /// <summary>Whether the image is mirrored top to bottom.</summary>
    public bool FlipVertical { get; init; }

    /// <summary>Resized width over original width.</summary>
    public required float WidthScale { get; init; }

    /// <summary>Resized height over original height; because of rounding not exactly <see cref="WidthScale"/>.</summary>
    public required float HeightScale { get; init; }

    /// <summary>Fits an image into a scale.</summary>
    /// <param name="original">Size of the decoded image.</param>
    /// <param name="scale">The scale that the resized image must fit into.</param>
    /// <param name="sizeDivisor">The padded sides are multiples of this.</param>
    /// <param name="flipHorizontal">Whether to mirror left to right.</param>
    /// <param name="flipVertical">Whether to mirror top to bottom.</param>
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

    /// <summary>The geometry of an image that becomes the network's input unchanged.</summary>
    /// <param name="size">Size of the image.</param>
    public static ImageGeometry Unchanged(ImageSize size) => new()
    {
        OriginalShape = size,
        ImageShape = size,
        PadShape = size,
        WidthScale = 1,
        HeightScale = 1,
    };

    /// <summary>Maps a box from the original image to the input: scaled, clipped to the image, mirrored.</summary>
    public Box ToInput(Box box)
    {
        var (width, height) = ((float)ImageShape.Width, (float)ImageShape.Height);
        var (x1, x2) = (Math.Clamp(box.X1 * WidthScale, 0, width), Math.Clamp(box.X2 * WidthScale, 0, width));
        var (y1, y2) = (Math.Clamp(box.Y1 * HeightScale, 0, height), Math.Clamp(box.Y2 * HeightScale, 0, height));
        return Mirror(new Box(x1, y1, x2, y2));
    }

    /// <summary>
    /// Maps a box from the input to the original image: clipped to the image, mirrored back, divided by the scale factors.
    /// </summary>
    public Box ToOriginal(Box box)
    {
        var (x1, y1, x2, y2) = Mirror(BoxCoder.Clip(box, ImageShape));
        return new Box(x1 / WidthScale, y1 / HeightScale, x2 / WidthScale, y2 / HeightScale);
    }

    /// <summary>Maps a box of the resized image through the flips, in either direction.</summary>
    Box Mirror(Box box)
    {
        var (x1, y1, x2, y2) = box;
        if (FlipHorizontal) (x1, x2) = (ImageShape.Width - x2, ImageShape.Width - x1);
        if (FlipVertical) (y1, y2) = (ImageShape.Height - y2, ImageShape.Height - y1);
        return new Box(x1, y1, x2, y2);
    }
}
