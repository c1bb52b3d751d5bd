using Paa.Boxes;
using Paa.Configuration;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Joins four images around a random point: MMDetection's <c>Mosaic</c>.</summary>
/// <remarks>
/// Each image is fitted into the given size, keeping its ratio, and laid with one corner onto the point: top left, top right,
/// bottom left, bottom right. What reaches over the canvas, which is twice the given size, is cut off. Boxes that do not reach
/// into the canvas go. Unlike in MMDetection, boxes around crowds move with their images.
/// </remarks>
static class Mosaic
{
    /// <summary>Images of a mosaic.</summary>
    public const int Count = 4;

    /// <summary>Draws the point where the images meet, in pixels of the canvas.</summary>
    public static (int X, int Y) DrawCentre(MosaicOptions options, SampleRandom random)
    {
        var (low, high) = (options.CenterRange[0], options.CenterRange[1]);
        var x = (int)(random.NextDouble(low, high) * options.ImageSize[1]);
        var y = (int)(random.NextDouble(low, high) * options.ImageSize[0]);
        return (x, y);
    }

    /// <summary>Joins images.</summary>
    /// <param name="options">Size of each image and colour of the rest.</param>
    /// <param name="parts">Top left, top right, bottom left, bottom right. Borrowed.</param>
    /// <param name="centre">Where they meet.</param>
    /// <returns>The caller owns it.</returns>
    public static LabelledImage Join(MosaicOptions options, IReadOnlyList<LabelledImage> parts, (int X, int Y) centre)
    {
        var pad = (byte)options.PadValue;
        var (height, width) = (2 * options.ImageSize[0], 2 * options.ImageSize[1]);
        var canvas = new Image(height, width, new Color(pad, pad, pad));
        var targets = new Targets[Count];
        for (var i = 0; i < Count; i++) targets[i] = Lay(options, parts[i], centre, i % 2 == 0, i / 2 == 0, canvas);
        return new LabelledImage(canvas, Targets.Join(targets).Map(box => BoxCoder.Clip(box, new ImageSize(height, width)))
            .Where(box => box.X1 < width && box.X2 > 0 && box.Y1 < height && box.Y2 > 0));
    }

    /// <summary>Lays one image onto the canvas; returns its targets there.</summary>
    static Targets Lay(
        MosaicOptions options, LabelledImage part, (int X, int Y) centre, bool isLeft, bool isTop, Image canvas)
    {
        var ratio = Math.Min((double)options.ImageSize[0] / part.Size.Height, (double)options.ImageSize[1] / part.Size.Width);
        using var image = part.Image.Resize(
            Math.Max(1, (int)(part.Size.Height * ratio)), Math.Max(1, (int)(part.Size.Width * ratio)));
        var (left, top) = (isLeft ? centre.X - image.Width : centre.X, isTop ? centre.Y - image.Height : centre.Y);
        canvas.Paste(image, left, top);
        var scale = (float)ratio;
        return part.Targets.Map(box => new Box(
            box.X1 * scale + left, box.Y1 * scale + top, box.X2 * scale + left, box.Y2 * scale + top));
    }
}
