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

/// <summary>A part of a resized image.</summary>
/// <param name="Resized">Size of the resized image.</param>
/// <param name="Left">First column.</param>
/// <param name="Top">First row.</param>
/// <param name="Size">Size of the part.</param>
public readonly record struct ImageCrop(ImageSize Resized, int Left, int Top, ImageSize Size);

/// <summary>How an image becomes the network's input: its sizes, scale factors and flips, and the mapping of boxes.</summary>
/// <remarks>It depends only on the size of the image, so a batch can be laid out before any pixel is read.</remarks>
public sealed record ImageGeometry
{
    /// <summary>Size of the decoded image.</summary>
    public required ImageSize OriginalShape { get; init; }

    /// <summary>Size after resizing and cropping: the part of the input that the image fills.</summary>
    public required ImageSize ImageShape { get; init; }

    /// <summary>The part that was cut out of the resized image; null for all of it.</summary>
    public ImageCrop? Crop { get; init; }

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
            PadShape = RoundUp(resized, sizeDivisor),
            FlipHorizontal = flipHorizontal,
            FlipVertical = flipVertical,
        };
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

    /// <summary>This geometry with a part cut out of the resized image.</summary>
    /// <param name="crop">A part of the image that was not cropped before.</param>
    /// <param name="sizeDivisor">The padded sides are multiples of this.</param>
    internal ImageGeometry Cut(ImageCrop crop, int sizeDivisor) =>
        this with { Crop = crop, ImageShape = crop.Size, PadShape = RoundUp(crop.Size, sizeDivisor) };

    /// <summary>Maps a box from the original image to the input: scaled, cut and clipped to the image, mirrored.</summary>
    public Box ToInput(Box box) => Mirror(BoxCoder.Clip(ToResized(box), ImageShape));

    /// <summary>As <see cref="ToInput"/>, but a box may reach beyond the crop, though not beyond the resized image.</summary>
    internal Box ToInputBeyondCrop(Box box)
    {
        var (left, top, size) = Crop is { } crop ? (crop.Left, crop.Top, crop.Resized) : (0, 0, ImageShape);
        var (x1, y1, x2, y2) = ToResized(box);
        return Mirror(new Box(
            Math.Clamp(x1, -left, size.Width - left), Math.Clamp(y1, -top, size.Height - top),
            Math.Clamp(x2, -left, size.Width - left), Math.Clamp(y2, -top, size.Height - top)));
    }

    /// <summary>
    /// Maps a box from the input to the original image: clipped to the image, mirrored back, divided by the scale factors.
    /// </summary>
    public Box ToOriginal(Box box)
    {
        var (x1, y1, x2, y2) = Mirror(BoxCoder.Clip(box, ImageShape));
        var (left, top) = (Crop?.Left ?? 0, Crop?.Top ?? 0);
        return new Box((x1 + left) / WidthScale, (y1 + top) / HeightScale, (x2 + left) / WidthScale, (y2 + top) / HeightScale);
    }

    /// <summary>Maps a box from the original image to the resized one, relative to the corner of the crop.</summary>
    Box ToResized(Box box)
    {
        var (left, top) = (Crop?.Left ?? 0, Crop?.Top ?? 0);
        return new Box(
            box.X1 * WidthScale - left, box.Y1 * HeightScale - top, box.X2 * WidthScale - left, box.Y2 * HeightScale - top);
    }

    static ImageSize RoundUp(ImageSize size, int divisor) => new(
        (size.Height + divisor - 1) / divisor * divisor, (size.Width + divisor - 1) / divisor * divisor);

    /// <summary>Maps a box of the cropped image through the flips, in either direction.</summary>
    Box Mirror(Box box)
    {
        var (x1, y1, x2, y2) = box;
        if (FlipHorizontal) (x1, x2) = (ImageShape.Width - x2, ImageShape.Width - x1);
        if (FlipVertical) (y1, y2) = (ImageShape.Height - y2, ImageShape.Height - y1);
        return new Box(x1, y1, x2, y2);
    }
}
