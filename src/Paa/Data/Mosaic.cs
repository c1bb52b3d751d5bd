using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Joins four images around a random point: MMDetection's <c>Mosaic</c>.</summary>
/// <remarks>
/// Each image is resized to fit the given size, keeping its ratio, and placed with one corner at the point: top left, top right,
/// bottom left, bottom right. The canvas is twice the given size; what reaches beyond it is cut off. Boxes outside the canvas are
/// dropped. Unlike in MMDetection, crowd boxes move with their images.
/// </remarks>
/// <param name="Options">Size of each image and fill colour.</param>
/// <param name="X">Column of the point where the images meet, in pixels of the canvas.</param>
/// <param name="Y">Row of that point.</param>
sealed record Mosaic(MosaicOptions Options, int X, int Y)
{
    /// <summary>Number of images in a mosaic.</summary>
    public const int Count = 4;

    /// <summary>The place of an image on the canvas.</summary>
    readonly record struct Place(ImageSize Size, float Scale, int Left, int Top);

    ImageSize Canvas => new(2 * Options.ImageSize[0], 2 * Options.ImageSize[1]);

    /// <summary>Draws the point where the images meet.</summary>
    public static Mosaic Draw(MosaicOptions options, SampleRandom random)
    {
        var (low, high) = (options.CenterRange[0], options.CenterRange[1]);
        var x = (int)(random.NextDouble(low, high) * options.ImageSize[1]);
        var y = (int)(random.NextDouble(low, high) * options.ImageSize[0]);
        return new Mosaic(options, x, y);
    }

    /// <summary>Joins images.</summary>
    /// <param name="parts">Top left, top right, bottom left, bottom right. Borrowed.</param>
    /// <returns>The canvas, owned by the caller.</returns>
    public Image Join(IReadOnlyList<Image> parts)
    {
        var pad = (byte)Options.PadValue;
        var canvas = new Image(Canvas.Height, Canvas.Width, new Color(pad, pad, pad));
        for (var i = 0; i < Count; i++)
        {
            var place = PlaceOf(i, new ImageSize(parts[i].Height, parts[i].Width));
            using var resized = parts[i].Resize(place.Size.Height, place.Size.Width);
            canvas.Paste(resized, place.Left, place.Top);
        }
        return canvas;
    }

    /// <summary>Joins the targets of the images.</summary>
    /// <param name="parts">Original sizes of the images, and targets in their pixels; in the same order.</param>
    public Targets Join(IReadOnlyList<(ImageSize Size, Targets Targets)> parts)
    {
        var canvas = Canvas;
        var moved = parts.Select((part, i) =>
        {
            var (_, scale, left, top) = PlaceOf(i, part.Size);
            return part.Targets.Map(box => new Box(
                box.X1 * scale + left, box.Y1 * scale + top, box.X2 * scale + left, box.Y2 * scale + top));
        });
        return Targets.Join([.. moved]).Map(box => BoxCoder.Clip(box, canvas))
            .Where(box => box.X1 < canvas.Width && box.X2 > 0 && box.Y1 < canvas.Height && box.Y2 > 0);
    }

    Place PlaceOf(int part, ImageSize size)
    {
        var (isLeft, isTop) = (part % 2 == 0, part / 2 == 0);
        var ratio = Math.Min((double)Options.ImageSize[0] / size.Height, (double)Options.ImageSize[1] / size.Width);
        var resized = new ImageSize(Math.Max(1, (int)(size.Height * ratio)), Math.Max(1, (int)(size.Width * ratio)));
        return new Place(resized, (float)ratio, isLeft ? X - resized.Width : X, isTop ? Y - resized.Height : Y);
    }
}
