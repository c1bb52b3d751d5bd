using Paa.Boxes;
using Paa.Options;

namespace Paa.Data;

/// <summary>A random part of the resized image, whatever its boxes: MMDetection's <c>RandomCrop</c>.</summary>
/// <remarks>
/// As there: sizes are rounded to whole pixels, an image smaller than the crop stays as it is in that direction, and every place
/// is equally likely. Boxes that overlap the part are kept and clipped to it. Unlike there, a part has at least one pixel a side.
/// </remarks>
static class RandomCrop
{
    /// <summary>Draws a part.</summary>
    /// <param name="options">Size of the part.</param>
    /// <param name="image">Size of the resized image.</param>
    /// <param name="random">Generator of this sample.</param>
    public static ImageCrop Draw(RandomCropOptions options, ImageSize image, SampleRandom random)
    {
        var (first, second) = (options.CropSize[0], options.CropSize[1]);
        var size = options.CropType switch
        {
            CropType.AbsoluteRange => new ImageSize(
                Between(first, second, image.Height, random), Between(first, second, image.Width, random)),
            CropType.Relative => new ImageSize(Fraction(first, image.Height), Fraction(second, image.Width)),
            CropType.RelativeRange => new ImageSize(
                Fraction(random.NextDouble(first, 1), image.Height), Fraction(random.NextDouble(second, 1), image.Width)),
            _ => new ImageSize((int)Math.Min(first, image.Height), (int)Math.Min(second, image.Width)),
        };
        var top = random.NextInt(image.Height - size.Height + 1);
        var left = random.NextInt(image.Width - size.Width + 1);
        return new ImageCrop(image, left, top, size);
    }

    /// <summary>Maps targets to the network's input: those that overlap the part.</summary>
    /// <param name="options">Whether boxes end at the edge of the part.</param>
    /// <param name="targets">Targets in pixels of the original image.</param>
    /// <param name="geometry">Holds the part.</param>
    public static Targets Apply(RandomCropOptions options, Targets targets, ImageGeometry geometry) =>
        targets.Where(box => geometry.ToInput(box) is { Width: > 0, Height: > 0 })
            .Map(options.ClipBoxes ? geometry.ToInput : geometry.ToInputBeyondCrop);

    static int Between(double least, double most, int side, SampleRandom random)
    {
        var (low, high) = ((int)Math.Min(least, side), (int)Math.Min(most, side));
        return low + random.NextInt(high - low + 1);
    }

    static int Fraction(double share, int side) => Math.Clamp((int)(side * share + 0.5), 1, side);
}
