using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Data;

/// <summary>A resized picture that waits for its batch: 8 bits a colour, or floats after a change of colours.</summary>
sealed class ResizedImage : IDisposable
{
    readonly Image? _image;
    readonly FloatImage? _floats;

    /// <summary>Resizes a picture, with its colours changed before if that is asked for.</summary>
    /// <param name="source">Borrowed.</param>
    /// <param name="geometry">Planned for the size of this picture.</param>
    /// <param name="distortion">The change of colours; null for none.</param>
    public ResizedImage(Image source, ImageGeometry geometry, ColorDistortion? distortion = null)
    {
        if (distortion is null)
        {
            _image = ImageTransform.Resize(source, geometry);
            return;
        }
        using var changed = distortion.Apply(source);
        _floats = changed.Resize(geometry.ImageShape.Height, geometry.ImageShape.Width);
    }

    /// <summary>Normalises the picture into a canvas, as <see cref="ImageTransform"/> does.</summary>
    public void Write(ImageTransform transform, ImageGeometry geometry, Span<float> canvas, ImageSize canvasShape)
    {
        if (_image is not null) transform.Write(_image, geometry, canvas, canvasShape);
        else transform.Write(_floats!, geometry, canvas, canvasShape);
    }

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        _image?.Dispose();
        _floats?.Dispose();
    }
}
