namespace Paa.Imaging;

/// <summary>How a pixel lies in memory, one byte a channel.</summary>
public enum PixelFormat
{
    /// <summary>Blue, green, red: OpenCV, and <see cref="Image"/> itself.</summary>
    Bgr24,

    /// <summary>Red, green, blue.</summary>
    Rgb24,

    /// <summary>Blue, green, red, and a fourth byte that is not read: Windows bitmaps, most screens.</summary>
    Bgra32,

    /// <summary>Red, green, blue, and a fourth byte that is not read: canvases, OpenGL.</summary>
    Rgba32,

    /// <summary>One byte of brightness.</summary>
    Gray8,
}

public sealed partial class Image
{
    /// <summary>A picture from pixels in memory, such as a frame of a camera.</summary>
    /// <param name="pixels">Rows from the top. Borrowed; copied.</param>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="format">How a pixel lies in memory. Transparency is not read.</param>
    /// <param name="stride">Bytes from one row to the next; 0: rows follow each other without a gap.</param>
    /// <returns>The picture. The caller owns it.</returns>
    /// <exception cref="ArgumentException">The size is not positive, or there are too few bytes for it.</exception>
    public static Image FromPixels(ReadOnlySpan<byte> pixels, int height, int width, PixelFormat format, int stride = 0)
    {
        var (red, green, blue, size) = format switch
        {
            PixelFormat.Bgr24 => (2, 1, 0, 3),
            PixelFormat.Rgb24 => (0, 1, 2, 3),
            PixelFormat.Bgra32 => (2, 1, 0, 4),
            PixelFormat.Rgba32 => (0, 1, 2, 4),
            PixelFormat.Gray8 => (0, 0, 0, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(format), format, "Image.FromPixels: unknown pixel format."),
        };
        var image = new Image(height, width, "pixels in memory");
        var rowBytes = (long)width * size;
        if (stride == 0) stride = checked((int)rowBytes);
        if (stride < rowBytes || pixels.Length < (height - 1L) * stride + rowBytes)
            throw new ArgumentException($"Image.FromPixels: {height}x{width} pixels of {format} with a stride of {stride} need "
                + $"{(height - 1L) * Math.Max(stride, rowBytes) + rowBytes} bytes, got {pixels.Length}.", nameof(pixels));
        for (var y = 0; y < height; y++)
        {
            var source = pixels.Slice(y * stride, (int)rowBytes);
            var target = image.Row(y);
            if (format == PixelFormat.Bgr24)
            {
                source.CopyTo(target);
            }
            else
            {
                for (int from = 0, to = 0; to < target.Length; from += size, to += Channels)
                {
                    target[to] = source[from + blue];
                    target[to + 1] = source[from + green];
                    target[to + 2] = source[from + red];
                }
            }
        }
        return image;
    }

    /// <summary>Reads an image file from a stream to its end; see <see cref="Load(string, ImageLimits?)"/>.</summary>
    /// <param name="stream">At the beginning of the file. Borrowed.</param>
    /// <param name="limits">What the file may ask for; null: <see cref="ImageLimits.Default"/>.</param>
    /// <param name="name">Names the image in error messages.</param>
    /// <returns>The picture. The caller owns it.</returns>
    /// <exception cref="ImageException">Not an image, too large, damaged or cut off.</exception>
    public static Image Load(Stream stream, ImageLimits? limits = null, string name = "stream")
    {
        ArgumentNullException.ThrowIfNull(stream);
        const int chunk = 1 << 16;
        limits ??= ImageLimits.Default;
        using var file = new MemoryStream();
        var buffer = new byte[chunk];
        while (stream.Read(buffer) is > 0 and var count)
        {
            if (file.Length + count > limits.MaxFileBytes)
                throw new ImageException(name, $"more than {limits.MaxFileBytes} bytes, the limit for a file");
            file.Write(buffer, 0, count);
        }
        return Decode(file.GetBuffer().AsSpan(0, (int)file.Length), limits, name);
    }
}
