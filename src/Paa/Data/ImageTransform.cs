using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Makes the network's input from images: resize, flip, normalise, pad.</summary>
/// <param name="norm">Mean, standard deviation and order of the colours.</param>
/// <param name="sizeDivisor">Height and width of the input are multiples of this.</param>
/// <remarks>
/// Equal bit for bit to MMDetection's test pipeline (Resize, RandomFlip, Normalize, Pad, ImageToTensor). Stateless: one instance
/// serves all threads.
/// </remarks>
sealed class ImageTransform(NormalizationOptions norm, int sizeDivisor)
{
    readonly PixelNormalizer _normalizer = new(norm.Mean, norm.Std, norm.ToRgb);

    /// <summary>Sizes, scale factors and flips of an image.</summary>
    /// <param name="original">Size of the decoded image.</param>
    /// <param name="view">The scale that the resized image must fit into, and its flips.</param>
    public ImageGeometry Plan(ImageSize original, ImageView view) =>
        ImageGeometry.Fit(original, view.Scale, sizeDivisor, view.FlipHorizontal, view.FlipVertical);

    /// <summary>A planned geometry with a part cut out of the resized image.</summary>
    public ImageGeometry Cut(ImageGeometry geometry, ImageCrop crop) => geometry.Cut(crop, sizeDivisor);

    /// <summary>Computes the network's input from one image.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="geometry">The result of <see cref="Plan"/> for the size of this image.</param>
    /// <returns>[3, PadShape] in row order.</returns>
    /// <exception cref="ArgumentException">The geometry belongs to an image of another size.</exception>
    public float[] Apply(Image image, ImageGeometry geometry)
    {
        using var resized = new ResizedImage(image, geometry);
        var pixels = GC.AllocateUninitializedArray<float>(Image.Channels * geometry.PadShape.Area);
        Write(resized, pixels, geometry.PadShape);
        return pixels;
    }

    /// <summary>
    /// Normalises a resized image into a canvas of its own padded size or that of its batch; the rest becomes 0.
    /// </summary>
    /// <param name="resized">Borrowed.</param>
    /// <param name="canvas">[3, canvasShape]; every element is written.</param>
    /// <param name="canvasShape">Size of the canvas, at least <see cref="ImageGeometry.ImageShape"/>.</param>
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
/// A resized and cropped image that waits for its batch in the smallest form: 8 bits per colour, or floats after a colour
/// distortion.
/// </summary>
sealed class ResizedImage : IDisposable
{
    /// <summary>Resizes and crops an image, after a colour distortion if there is one.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="geometry">Planned for the size of this image.</param>
    /// <param name="distortion">The colour distortion; null for none.</param>
    /// <exception cref="ArgumentException">The geometry belongs to an image of another size.</exception>
    public ResizedImage(Image source, ImageGeometry geometry, ColorDistortion? distortion = null)
    {
        Geometry = geometry;
        if (source.Height != geometry.OriginalShape.Height || source.Width != geometry.OriginalShape.Width)
            throw new ArgumentException(
                $"ResizedImage: planned for {geometry.OriginalShape}, the image has {source.Height}x{source.Width}.");
        var (height, width) = geometry.Crop is { } part
            ? (part.Resized.Height, part.Resized.Width)
            : (geometry.ImageShape.Height, geometry.ImageShape.Width);
        if (distortion is null)
        {
            Bytes = source.Resize(height, width);
            if (geometry.Crop is not { } crop) return;
            using var whole = Bytes;
            Bytes = whole.Crop(crop.Left, crop.Top, crop.Size.Height, crop.Size.Width);
        }
        else
        {
            using var changed = distortion.Apply(source);
            Floats = changed.Resize(height, width);
            if (geometry.Crop is not { } crop) return;
            using var whole = Floats;
            Floats = whole.Crop(crop.Left, crop.Top, crop.Size.Height, crop.Size.Width);
        }
    }

    /// <summary>How the image becomes the input; the flips are not yet applied.</summary>
    public ImageGeometry Geometry { get; }

    /// <summary>The pixels; null after a colour distortion. Held.</summary>
    public Image? Bytes { get; }

    /// <summary>The pixels after a colour distortion; null without one. Held.</summary>
    public FloatImage? Floats { get; }

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        Bytes?.Dispose();
        Floats?.Dispose();
    }
}
