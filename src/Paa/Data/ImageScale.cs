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
