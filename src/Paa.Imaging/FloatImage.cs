using System.Buffers;
using Paa.Imaging.Resizing;

namespace Paa.Imaging;

/// <summary>A picture of floating-point colours, three a pixel, for arithmetic that must not be cut at 0 and 255.</summary>
/// <remarks>The pixels lie in a pooled array, as those of <see cref="Image"/>.</remarks>
public sealed class FloatImage : IDisposable
{
    float[]? _buffer;

    FloatImage(int height, int width)
    {
        (Height, Width) = (height, width);
        _buffer = ArrayPool<float>.Shared.Rent(height * width * Image.Channels);
    }

    /// <summary>Blue, green and red of an image, 0 to 255.</summary>
    /// <param name="image">Copied.</param>
    public FloatImage(Image image)
        : this(image.Height, image.Width)
    {
        var source = image.Pixels;
        var target = Pixels;
        for (var i = 0; i < source.Length; i++) target[i] = source[i];
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>All pixels: [Height, Width, 3]. Borrowed until the image is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<float> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsSpan(0, Height * Width * Image.Channels);
        }
    }

    /// <summary>One row: [Width, 3]. Borrowed.</summary>
    /// <param name="y">0 at the top.</param>
    public Span<float> Row(int y) => Pixels.Slice(y * Width * Image.Channels, Width * Image.Channels);

    /// <summary>Blue, green and red become hue (0 to 360), saturation (0 to 1) and value, as by <c>cv2.cvtColor</c>.</summary>
    public void ToHsv() => HsvConversion.FromBgr(Pixels);

    /// <summary>Hue, saturation and value become blue, green and red, as by <c>cv2.cvtColor</c>.</summary>
    public void ToBgr() => HsvConversion.ToBgr(Pixels);

    /// <inheritdoc cref="Image.Crop"/>
    public FloatImage Crop(int left, int top, int height, int width)
    {
        var part = new FloatImage(height, width);
        for (var y = 0; y < height; y++)
            Row(top + y).Slice(left * Image.Channels, width * Image.Channels).CopyTo(part.Row(y));
        return part;
    }

    /// <summary>A resized copy, as <c>cv2.resize</c> of a float array with bilinear interpolation. The caller owns it.</summary>
    /// <param name="height">Rows of the copy.</param>
    /// <param name="width">Columns of the copy.</param>
    public FloatImage Resize(int height, int width)
    {
        var resized = new FloatImage(height, width);
        FloatResize.Write(this, resized);
        return resized;
    }

    /// <summary>Returns the pixels to the pool. Spans taken before must no longer be used.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ArrayPool<float>.Shared.Return(buffer);
    }
}
