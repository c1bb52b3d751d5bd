using Paa.Boxes;
using Paa.Imaging;

namespace Paa.Data;

/// <summary>An image and what is to be found in it.</summary>
/// <param name="Image">The pixels. Held: disposed with this object.</param>
/// <param name="Targets">In pixels of the image.</param>
public sealed record LabelledImage(Image Image, Targets Targets) : IDisposable
{
    /// <summary>Height and width of the image.</summary>
    public ImageSize Size => new(Image.Height, Image.Width);

    /// <summary>Frees the pixels.</summary>
    public void Dispose() => Image.Dispose();
}
