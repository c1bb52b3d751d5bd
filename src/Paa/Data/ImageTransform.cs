using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Makes the network's input from images: resize, flip, normalise, pad.</summary>
/// <param name="norm">Mean, deviation and order of the colours.</param>
/// <param name="sizeDivisor">Height and width of the input are multiples of it.</param>
/// <remarks>
/// Equal bit for bit to MMDetection's test pipeline (Resize, RandomFlip, Normalize, Pad, ImageToTensor). It has no state:
/// one instance serves all threads.
/// </remarks>
sealed class ImageTransform(NormalizationOptions norm, int sizeDivisor)
{
    readonly PixelNormalizer _normalizer = new(norm.Mean, norm.Std, norm.ToRgb);

    /// <summary>Sizes, scale factors and flips of an image.</summary>
    /// <param name="original">Size of the decoded image.</param>
    /// <param name="view">What the resized image must fit into, and how it is mirrored.</param>
    public ImageGeometry Plan(ImageSize original, ImageView view) =>
        ImageGeometry.Fit(original, view.Scale, sizeDivisor, view.FlipHorizontal, view.FlipVertical);

    /// <summary>The input for one image.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="geometry">Made by <see cref="Plan"/> for the size of this image.</param>
    /// <returns>[3, PadShape] in row order.</returns>
    /// <exception cref="ArgumentException">The geometry is that of an image of another size.</exception>
    public float[] Apply(Image image, ImageGeometry geometry)
    {
        using var resized = new ResizedImage(image, geometry);
        var pixels = GC.AllocateUninitializedArray<float>(Image.Channels * geometry.PadShape.Area);
        Write(resized, pixels, geometry.PadShape);
        return pixels;
    }

    /// <summary>Normalises a resized image into a canvas, its own padded size or a whole batch's; the rest becomes 0.</summary>
    /// <param name="resized">Borrowed.</param>
    /// <param name="canvas">[3, canvasShape]; every element is written.</param>
    /// <param name="canvasShape">At least <see cref="ImageGeometry.ImageShape"/>.</param>
    internal void Write(ResizedImage resized, Span<float> canvas, ImageSize canvasShape)
    {
        var (height, width, geometry) = (canvasShape.Height, canvasShape.Width, resized.Geometry);
        if (resized.Bytes is { } bytes)
            _normalizer.Write(bytes, geometry.FlipHorizontal, geometry.FlipVertical, canvas, height, width);
        else
            _normalizer.Write(resized.Floats!, geometry.FlipHorizontal, geometry.FlipVertical, canvas, height, width);
    }
}

/// <summary>
/// A resized image that waits for its batch in the smallest form: 8 bits a colour, or floats after a change of colours.
/// </summary>
sealed class ResizedImage : IDisposable
{
    /// <summary>Resizes an image, with its colours changed before if that is asked for.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="geometry">Planned for the size of this image.</param>
    /// <param name="distortion">The change of colours; null for none.</param>
    /// <exception cref="ArgumentException">The geometry is that of an image of another size.</exception>
    public ResizedImage(Image source, ImageGeometry geometry, ColorDistortion? distortion = null)
    {
        Geometry = geometry;
        if (source.Height != geometry.OriginalShape.Height || source.Width != geometry.OriginalShape.Width)
            throw new ArgumentException(
                $"ResizedImage: planned for {geometry.OriginalShape}, the image has {source.Height}x{source.Width}.");
        var (height, width) = (geometry.ImageShape.Height, geometry.ImageShape.Width);
        if (distortion is null)
        {
            Bytes = source.Resize(height, width);
            return;
        }
        using var changed = distortion.Apply(source);
        Floats = changed.Resize(height, width);
    }

    /// <summary>How the image becomes the input; the flips are still to be done.</summary>
    public ImageGeometry Geometry { get; }

    /// <summary>The pixels; null if the colours were changed. Held.</summary>
    public Image? Bytes { get; }

    /// <summary>The pixels after a change of colours; null without one. Held.</summary>
    public FloatImage? Floats { get; }

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        Bytes?.Dispose();
        Floats?.Dispose();
    }
}
