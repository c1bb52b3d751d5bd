using Paa.Boxes;
using Paa.Configuration;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Cuts a random part out of an image that overlaps every box enough: MMDetection's <c>MinIoURandomCrop</c>.</summary>
/// <remarks>
/// Liu et al., ECCV 2016 (SSD), section 2.2. Boxes whose centre lies in the part are kept and cut at its edges; boxes around
/// crowds count like others when a part is judged, as in MMDetection.
/// </remarks>
static class RandomCrop
{
    const int TrialsOfAMode = 50;
    const float SmallestRatio = 0.5f, LargestRatio = 2;

    /// <summary>A part of an image, in whole pixels; ends are exclusive.</summary>
    public readonly record struct Area(int Left, int Top, int Right, int Bottom)
    {
        /// <summary>The same corners as a box.</summary>
        public Box Box => new(Left, Top, Right, Bottom);
    }

    /// <summary>Draws a part.</summary>
    /// <param name="options">Least overlaps and least size.</param>
    /// <param name="size">Size of the image.</param>
    /// <param name="targets">Its boxes.</param>
    /// <param name="random">Generator of this sample.</param>
    /// <returns>The part, or null if the image stays whole.</returns>
    public static Area? Draw(RandomCropOptions options, ImageSize size, Targets targets, SampleRandom random)
    {
        Box[] boxes = [.. targets.Boxes, .. targets.Ignored];
        while (true)
        {
            // The first mode keeps the image, so the search ends.
            var mode = random.NextInt(options.MinIous.Length + 2);
            if (mode == 0) return null;
            var minIou = mode <= options.MinIous.Length ? options.MinIous[mode - 1] : 0;
            for (var trial = 0; trial < TrialsOfAMode; trial++)
                if (DrawArea(options.MinCropSize, size, random) is { } area && IsGood(area.Box, boxes, minIou)) return area;
        }
    }

    /// <summary>The part of an image with its targets. The caller owns it.</summary>
    public static LabelledImage Apply(LabelledImage source, Area area)
    {
        var image = new Image(area.Bottom - area.Top, area.Right - area.Left);
        image.Paste(source.Image, -area.Left, -area.Top);
        return new LabelledImage(image, source.Targets.Where(box => HasCentreOf(area.Box, box)).Map(box => new Box(
            MathF.Max(box.X1, area.Left) - area.Left, MathF.Max(box.Y1, area.Top) - area.Top,
            MathF.Min(box.X2, area.Right) - area.Left, MathF.Min(box.Y2, area.Bottom) - area.Top)));
    }

    /// <summary>A part of allowed ratio, or null.</summary>
    static Area? DrawArea(double minSize, ImageSize size, SampleRandom random)
    {
        var width = random.NextDouble(minSize * size.Width, size.Width);
        var height = random.NextDouble(minSize * size.Height, size.Height);
        if (height / width is < SmallestRatio or > LargestRatio) return null;
        // MMDetection gives the room that is left as the first end of the range; the other end is then 1 pixel, not 0.
        var left = random.NextDouble(size.Width - width, 1);
        var top = random.NextDouble(size.Height - height, 1);
        var area = new Area((int)left, (int)top, (int)(left + width), (int)(top + height));
        return area.Left == area.Right || area.Top == area.Bottom ? null : area;
    }

    static bool IsGood(Box area, Box[] boxes, double minIou) => boxes.Length == 0
        || (Array.TrueForAll(boxes, box => BoxOverlap.Iou(area, box) >= minIou)
            && Array.Exists(boxes, box => HasCentreOf(area, box)));

    static bool HasCentreOf(Box area, Box box)
    {
        var (x, y) = ((box.X1 + box.X2) / 2, (box.Y1 + box.Y2) / 2);
        return x > area.X1 && y > area.Y1 && x < area.X2 && y < area.Y2;
    }
}
