using System.Buffers;
using Paa.Imaging.Resizing;

namespace Paa.Imaging;

/// <summary>A picture in memory: 8-bit blue, green, red; rows from the top, without padding.</summary>
/// <remarks>
/// The pixels lie in a managed array from the shared pool, so a span over them is always safe, and a loader that disposes
/// its images works without fresh memory. An image that is never disposed costs an array for the collector, nothing else.
/// Reading from several threads at once is safe; writing is not.
/// </remarks>
public sealed partial class Image : IDisposable
{
    /// <summary>Bytes of a pixel.</summary>
    public const int Channels = 3;

    byte[]? _buffer;

    /// <summary>A picture with arbitrary content.</summary>
    Image(int height, int width, string name)
    {
        if (height <= 0 || width <= 0) throw new ArgumentException($"Image: a size must be positive, got {height}x{width}.");
        if ((long)height * width * Channels > Array.MaxLength)
            throw new ImageException(name, $"{height}x{width} pixels do not fit in one array");
        (Height, Width) = (height, width);
        _buffer = ArrayPool<byte>.Shared.Rent(height * width * Channels);
    }

    /// <summary>A picture of one colour.</summary>
    /// <param name="height">Rows.</param>
    /// <param name="width">Columns.</param>
    /// <param name="color">Black, if not given.</param>
    public Image(int height, int width, Color color = default)
        : this(height, width, "new image")
    {
        FillRectangle(0, 0, width, height, color);
    }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>All pixels: [Height, Width, 3], blue first. Borrowed until the image is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The image was disposed.</exception>
    public Span<byte> Pixels
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsSpan(0, Height * Width * Channels);
        }
    }

    /// <summary>One row: [Width, 3]. Borrowed.</summary>
    /// <param name="y">0 at the top.</param>
    public Span<byte> Row(int y) => Rows(y, 1);

    /// <summary>Rows that follow each other. Borrowed.</summary>
    internal Span<byte> Rows(int y, int count) => Pixels.Slice(y * Width * Channels, count * Width * Channels);

    /// <summary>Returns the pixels to the pool. Spans taken before must no longer be used.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer) ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>A copy. The caller owns it.</summary>
    public Image Clone()
    {
        var copy = new Image(Height, Width, "copy");
        Pixels.CopyTo(copy.Pixels);
        return copy;
    }

    /// <summary>A copy of a part. The caller owns it.</summary>
    /// <param name="left">First column.</param>
    /// <param name="top">First row.</param>
    /// <param name="height">Rows of the part.</param>
    /// <param name="width">Columns of the part.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches over the edge.</exception>
    public Image Crop(int left, int top, int height, int width)
    {
        var part = new Image(height, width, "part of an image");
        for (var y = 0; y < height; y++) Row(top + y).Slice(left * Channels, width * Channels).CopyTo(part.Row(y));
        return part;
    }

    /// <summary>A resized copy, equal bit for bit to that of <c>cv2.resize</c>. The caller owns it.</summary>
    /// <param name="height">Rows of the copy.</param>
    /// <param name="width">Columns of the copy.</param>
    /// <param name="interpolation">How new pixels are computed.</param>
    public Image Resize(int height, int width, Interpolation interpolation = Interpolation.Linear)
    {
        if (height == Height && width == Width) return Clone();
        var resized = new Image(height, width, "resized image");
        var isSmaller = height <= Height && width <= Width;
        if (interpolation == Interpolation.Area && isSmaller || AreaResize.IsHalf(this, resized))     // as OpenCV does
            AreaResize.Write(this, resized);
        else
            LinearResize.Write(this, resized, byArea: interpolation == Interpolation.Area);
        return resized;
    }
}

/// <summary>How pixels between pixels are computed when resizing. Values as in OpenCV's <c>InterpolationFlags</c>.</summary>
public enum Interpolation
{
    /// <summary>Bilinear in 11-bit fixed point; what detectors are trained with.</summary>
    Linear = 1,

    /// <summary>Mean over the covered area: the better choice for showing a much smaller copy to people.</summary>
    Area = 3,
}
