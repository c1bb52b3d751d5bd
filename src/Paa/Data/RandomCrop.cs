using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>
/// A random part of an image that overlaps every box enough, in whole pixels: MMDetection's <c>MinIoURandomCrop</c>.
/// </summary>
/// <remarks>
/// Liu et al., ECCV 2016 (SSD), section 2.2. Boxes whose centre lies in the part are kept and cut at its edges; boxes around
/// crowds count like others when a part is judged, as in MMDetection.
/// </remarks>
/// <param name="Left">First column that stays.</param>
/// <param name="Top">First row that stays.</param>
/// <param name="Right">First column that goes again.</param>
/// <param name="Bottom">First row that goes again.</param>
readonly record struct RandomCrop(int Left, int Top, int Right, int Bottom)
{
    const int TrialsOfAMode = 50;
    const float SmallestRatio = 0.5f, LargestRatio = 2;

    /// <summary>The same corners as a box.</summary>
    public Box Box => new(Left, Top, Right, Bottom);

    /// <summary>Draws a part.</summary>
    /// <param name="options">Least overlaps and least size.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="targets">Its boxes.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <returns>The part, or null if the image stays whole.</returns>
    public static RandomCrop? Draw(RandomCropOptions options, ImageSize size, Targets targets, SampleRandom random)
    {
        Box[] boxes = [.. targets.Boxes, .. targets.Ignored];
        while (true)
        {
            // The first mode keeps the image, so the search ends.
            var mode = random.NextInt(options.MinIous.Length + 2);
            if (mode == 0) return null;
            var minIou = mode <= options.MinIous.Length ? options.MinIous[mode - 1] : 0;
            for (var trial = 0; trial < TrialsOfAMode; trial++)
                if (DrawPart(options.MinCropSize, size, random) is { } part && IsGood(part.Box, boxes, minIou)) return part;
        }
    }

    /// <summary>The part of an image. The caller owns it.</summary>
    /// <param name="source">Borrowed.</param>
    public Image Apply(Image source)
    {
        var part = new Image(Bottom - Top, Right - Left);
        part.Paste(source, -Left, -Top);
        return part;
    }

    /// <summary>The targets in the part, in its pixels.</summary>
    /// <param name="targets">Those of the whole image.</param>
    public Targets Apply(Targets targets)
    {
        var part = Box;
        return targets.Where(box => HasCenterOf(part, box)).Map(box => new Box(
            MathF.Max(box.X1, part.X1) - part.X1, MathF.Max(box.Y1, part.Y1) - part.Y1,
            MathF.Min(box.X2, part.X2) - part.X1, MathF.Min(box.Y2, part.Y2) - part.Y1));
    }

    /// <summary>A part of allowed ratio, or null.</summary>
    static RandomCrop? DrawPart(double minSize, ImageSize size, SampleRandom random)
    {
        var width = random.NextDouble(minSize * size.Width, size.Width);
        var height = random.NextDouble(minSize * size.Height, size.Height);
        if (height / width is < SmallestRatio or > LargestRatio) return null;
        // MMDetection gives the room that is left as the first end of the range; the other end is then 1 pixel, not 0.
        var left = random.NextDouble(size.Width - width, 1);
        var top = random.NextDouble(size.Height - height, 1);
        var part = new RandomCrop((int)left, (int)top, (int)(left + width), (int)(top + height));
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
