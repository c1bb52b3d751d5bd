using System.Buffers.Binary;

namespace Paa.Imaging.Headers;

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
