using System.Buffers;
using System.Buffers.Binary;

namespace Paa.Imaging.Internals;

/// <summary>The bytes of a file with checked reads: a read behind the end is an <see cref="ImageException"/>.</summary>
readonly ref struct FileBytes(ReadOnlySpan<byte> bytes, string name, bool littleEndian = false)
{
    readonly ReadOnlySpan<byte> _bytes = bytes;

    public long Length => _bytes.Length;

    /// <summary>The same bytes; 16 to 64-bit numbers are read in the order given.</summary>
    public FileBytes In(bool littleEndianOrder) => new(_bytes, name, littleEndianOrder);

    /// <summary>A part of the file as a file of its own, for formats inside formats.</summary>
    public FileBytes Part(long offset, long length) => new(At(offset, length), name, littleEndian);

    public bool StartsWith(ReadOnlySpan<byte> prefix) => _bytes.StartsWith(prefix);

    public bool HasAt(long offset, ReadOnlySpan<byte> content) =>
        offset >= 0 && offset <= _bytes.Length && _bytes[(int)offset..].StartsWith(content);

    public byte U8(long offset) => At(offset, 1)[0];

    public ushort U16(long offset) => littleEndian
        ? BinaryPrimitives.ReadUInt16LittleEndian(At(offset, 2))
        : BinaryPrimitives.ReadUInt16BigEndian(At(offset, 2));

    public uint U32(long offset) => littleEndian
        ? BinaryPrimitives.ReadUInt32LittleEndian(At(offset, 4))
        : BinaryPrimitives.ReadUInt32BigEndian(At(offset, 4));

    public ulong U64(long offset) => littleEndian
        ? BinaryPrimitives.ReadUInt64LittleEndian(At(offset, 8))
        : BinaryPrimitives.ReadUInt64BigEndian(At(offset, 8));

    /// <summary>A dimension, which must fit a C# int.</summary>
    public int Dimension(ulong value) =>
        value <= int.MaxValue ? (int)value : throw Failure($"the header gives a dimension of {value}");

    public ImageException Failure(string reason) => new(name, reason);

    public ImageException CutOff() => Failure($"the file is cut off after {_bytes.Length} bytes");

    ReadOnlySpan<byte> At(long offset, long length) =>
        offset >= 0 && length >= 0 && offset <= _bytes.Length - length ? _bytes.Slice((int)offset, (int)length) : throw CutOff();
}

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
