using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>
/// A random crop, in whole pixels, that overlaps every box enough: MMDetection's <c>MinIoURandomCrop</c>.
/// </summary>
/// <remarks>
/// Liu et al., ECCV 2016 (SSD), section 2.2. Boxes whose centre lies in the crop are kept and clipped to it. Crowd boxes count
/// like others when a crop is judged, as in MMDetection.
/// </remarks>
/// <param name="Left">First column inside.</param>
/// <param name="Top">First row inside.</param>
/// <param name="Right">First column to the right, outside.</param>
/// <param name="Bottom">First row below, outside.</param>
readonly record struct MinIouRandomCrop(int Left, int Top, int Right, int Bottom)
{
    const int TrialsOfAMode = 50;
    const float SmallestRatio = 0.5f, LargestRatio = 2;

    /// <summary>The same corners as a box.</summary>
    public Box Box => new(Left, Top, Right, Bottom);

    /// <summary>Draws a crop.</summary>
    /// <param name="options">Minimum overlaps and minimum size.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="targets">Targets of the image.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <returns>The crop, or null if the image stays whole.</returns>
    public static MinIouRandomCrop? Draw(MinIouRandomCropOptions options, ImageSize size, Targets targets, SampleRandom random)
    {
        Box[] boxes = [.. targets.Boxes, .. targets.Ignored];
        while (true)
        {
            // The first mode keeps the image whole, so the search ends.
            var mode = random.NextInt(options.MinIous.Length + 2);
            if (mode == 0) return null;
            var minIou = mode <= options.MinIous.Length ? options.MinIous[mode - 1] : 0;
            for (var trial = 0; trial < TrialsOfAMode; trial++)
                if (DrawPart(options.MinCropSize, size, random) is { } part && IsGood(part.Box, boxes, minIou)) return part;
        }
    }

    /// <summary>Crops an image. The caller owns the result.</summary>
    /// <param name="source">Borrowed.</param>
    public Image Apply(Image source) => source.Crop(Left, Top, Bottom - Top, Right - Left);

    /// <summary>Crops targets: those inside, in pixels of the crop.</summary>
    /// <param name="targets">Targets of the whole image.</param>
    public Targets Apply(Targets targets)
    {
        var part = Box;
        return targets.Where(box => HasCenterOf(part, box)).Map(box => new Box(
            MathF.Max(box.X1, part.X1) - part.X1, MathF.Max(box.Y1, part.Y1) - part.Y1,
            MathF.Min(box.X2, part.X2) - part.X1, MathF.Min(box.Y2, part.Y2) - part.Y1));
    }

    /// <summary>Draws a crop; null if its aspect ratio is not allowed.</summary>
    static MinIouRandomCrop? DrawPart(double minSize, ImageSize size, SampleRandom random)
    {
        var width = random.NextDouble(minSize * size.Width, size.Width);
        var height = random.NextDouble(minSize * size.Height, size.Height);
        if (height / width is < SmallestRatio or > LargestRatio) return null;
        // MMDetection passes the remaining room as the low end of the range; the high end is then 1 pixel, not 0.
        var left = random.NextDouble(size.Width - width, 1);
        var top = random.NextDouble(size.Height - height, 1);
        var part = new MinIouRandomCrop((int)left, (int)top, (int)(left + width), (int)(top + height));
        return part.Left == part.Right || part.Top == part.Bottom ? null : part;
    }

    static bool IsGood(Box part, Box[] boxes, double minIou) => boxes.Length == 0
        || (Array.TrueForAll(boxes, box => BoxOverlap.Iou(part, box) >= minIou)
            && Array.Exists(boxes, box => HasCenterOf(part, box)));

    static bool HasCenterOf(Box part, Box box)
    {
        var (x, y) = ((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2);
        return x > part.X1 && y > part.Y1 && x < part.X2 && y < part.Y2;
    }
}
