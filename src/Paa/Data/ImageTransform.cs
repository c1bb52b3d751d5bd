using Paa.Boxes;
using Paa.Configuration;
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
public sealed class ImageTransform(NormalizationOptions norm, int sizeDivisor)
{
    readonly PixelNormalizer _normalizer = new(norm.Mean, norm.Std, norm.ToRgb);

    /// <summary>Sizes, scale factors and flips of an image.</summary>
    /// <param name="original">Size of the decoded image.</param>
    /// <param name="scale">What the resized image must fit into.</param>
    /// <param name="flipHorizontal">Mirror left and right.</param>
    /// <param name="flipVertical">Mirror top and bottom.</param>
    public ImageGeometry Plan(ImageSize original, ImageScale scale, bool flipHorizontal = false, bool flipVertical = false) =>
        ImageGeometry.Fit(original, scale, sizeDivisor, flipHorizontal, flipVertical);

    /// <summary>The resized image, 8 bits still: the smallest form in which it can wait for its batch.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="geometry">Made by <see cref="Plan"/> for the size of this image.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="ArgumentException">The geometry is that of an image of another size.</exception>
    public static Image Resize(Image image, ImageGeometry geometry)
    {
        if (image.Height != geometry.OriginalShape.Height || image.Width != geometry.OriginalShape.Width)
            throw new ArgumentException(
                $"ImageTransform.Resize: planned for {geometry.OriginalShape}, the image has {image.Height}x{image.Width}.");
        return image.Resize(geometry.ImageShape.Height, geometry.ImageShape.Width);
    }

    /// <summary>Normalises a resized image into a canvas, its own padded size or a whole batch's; the rest becomes 0.</summary>
    /// <param name="resized">Made by <see cref="Resize"/>. Borrowed.</param>
    /// <param name="geometry">The same as for <see cref="Resize"/>: tells the flips.</param>
    /// <param name="canvas">[3, canvasShape]; every element is written.</param>
    /// <param name="canvasShape">At least <see cref="ImageGeometry.ImageShape"/>.</param>
    public void Write(Image resized, ImageGeometry geometry, Span<float> canvas, ImageSize canvasShape) =>
        _normalizer.Write(resized, geometry.FlipHorizontal, geometry.FlipVertical, canvas, canvasShape.Height, canvasShape.Width);

    /// <summary>The same for a resized image of floating-point colours.</summary>
    /// <inheritdoc cref="Write(Image, ImageGeometry, Span{float}, ImageSize)"/>
    public void Write(FloatImage resized, ImageGeometry geometry, Span<float> canvas, ImageSize canvasShape) =>
        _normalizer.Write(resized, geometry.FlipHorizontal, geometry.FlipVertical, canvas, canvasShape.Height, canvasShape.Width);

    /// <summary>The input for one image.</summary>
    /// <param name="image">Borrowed.</param>
    /// <param name="geometry">Made by <see cref="Plan"/> for the size of this image.</param>
    /// <returns>[3, PadShape] in row order.</returns>
    public float[] Apply(Image image, ImageGeometry geometry)
    {
        using var resized = Resize(image, geometry);
        var pixels = GC.AllocateUninitializedArray<float>(Image.Channels * geometry.PadShape.Area);
        Write(resized, geometry, pixels, geometry.PadShape);
        return pixels;
    }
}
