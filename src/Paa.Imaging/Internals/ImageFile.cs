using System.Buffers;

namespace Paa.Imaging.Internals;

/// <summary>The bytes of an image file in a pooled array.</summary>
sealed class ImageFile : IDisposable
{
    readonly byte[] _buffer;
    readonly int _length;

    ImageFile(byte[] buffer, int length) => (_buffer, _length) = (buffer, length);

    /// <summary>The content. Borrowed until this object is disposed.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>Reads a whole file; every reason why that cannot be done becomes an <see cref="ImageException"/>.</summary>
    public static ImageFile Read(string path, ImageLimits limits)
    {
        if (Directory.Exists(path)) throw new ImageException(path, "is a folder, not an image");
        try
        {
            using var handle = File.OpenHandle(path, options: FileOptions.SequentialScan);
            var length = RandomAccess.GetLength(handle);
            if (length == 0) throw new ImageException(path, "the file is empty");
            if (length > Math.Min(limits.MaxFileBytes, Array.MaxLength))
                throw new ImageException(path, $"the file has {length} bytes, the limit is {limits.MaxFileBytes}");
            var buffer = ArrayPool<byte>.Shared.Rent((int)length);
            return new ImageFile(buffer, ReadInto(handle, buffer.AsSpan(0, (int)length)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ImageException(path, "the file does not exist", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            throw new ImageException(path, $"cannot be read: {e.Message.TrimEnd('.')}", e);
        }
    }

    static int ReadInto(Microsoft.Win32.SafeHandles.SafeFileHandle handle, Span<byte> buffer)
    {
        var total = 0;
        while (total < buffer.Length && RandomAccess.Read(handle, buffer[total..], total) is > 0 and var count) total += count;
        return total;
    }
}
