using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>Turns the network's input back into an image, to show what training sees.</summary>
public static class InputPicture
{
    /// <summary>Restores one image of a batch, without its padding.</summary>
    /// <param name="batch">Borrowed.</param>
    /// <param name="index">Index into <see cref="Batch.Images"/>.</param>
    /// <param name="norm">The normalisation to undo; colours are rounded and clipped to 0..255.</param>
    /// <returns>The image, owned by the caller.</returns>
    public static Image Restore(Batch batch, int index, NormalizationOptions norm)
    {
        var shape = batch.Images[index].Geometry.ImageShape;
        var picture = new Image(shape.Height, shape.Width);
        for (var plane = 0; plane < Image.Channels; plane++)
        {
            var channel = norm.ToRgb ? Image.Channels - 1 - plane : plane;
            var pixels = batch.Pixels.Slice((index * Image.Channels + plane) * batch.Size.Area, batch.Size.Area);
            for (var y = 0; y < shape.Height; y++)
            {
                var row = picture.Row(y);
                for (var x = 0; x < shape.Width; x++)
                {
                    var value = pixels[y * batch.Size.Width + x] * norm.Std[plane] + norm.Mean[plane];
                    row[x * Image.Channels + channel] = (byte)Math.Clamp(Math.Round(value), 0, 255);
                }
            }
        }
        return picture;
    }
}
