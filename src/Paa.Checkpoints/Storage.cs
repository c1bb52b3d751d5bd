namespace Paa.Checkpoints;

/// <summary>A run of elements that one or several tensors view, as in PyTorch.</summary>
/// <remarks>
/// The elements of a large storage stay in their file until somebody asks for them, and are then read straight into the caller's
/// memory. A file that was cut off meanwhile gives one clear error; a file that was replaced or deleted is still read as it was.
/// The checksums of a zip archive are compared once, when it is loaded; elements that another program overwrites in place later
/// are read as they then are. Any number of threads may read at once.
/// </remarks>
public sealed class Storage
{
    /// <summary>Storages of up to this many bytes are read at once with the rest of the file.</summary>
    internal const int SmallSize = 1 << 16;

    ReadOnlyMemory<byte> _bytes;
    CheckpointFile? _file;
    long _place;

    /// <summary>Creates a storage over bytes, which are held, not copied.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="bytes">The elements, little-endian; a whole number of them.</param>
    public Storage(ScalarType type, ReadOnlyMemory<byte> bytes) : this(type, bytes.Length / type.Size())
    {
        if (bytes.Length % type.Size() != 0)
            throw new ArgumentException($"Storage: {bytes.Length} bytes are no whole number of {type} elements.", nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>Creates a storage whose elements are given later, by one of the two <c>Fill</c>.</summary>
    internal Storage(ScalarType type, long count)
    {
        Type = type;
        Count = count;
    }

    /// <summary>Element type.</summary>
    public ScalarType Type { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>Number of bytes the elements take.</summary>
    public long ByteCount => Count * Type.Size();

    /// <summary>Whether the elements are still in their file.</summary>
    internal bool IsInFile => _file is not null;

    /// <summary>Reads elements as bytes, little-endian.</summary>
    /// <param name="target">Filled.</param>
    /// <param name="start">Position of the first byte to read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part reaches outside of the storage.</exception>
    /// <exception cref="CheckpointException">The file became shorter, or cannot be read.</exception>
    public void ReadTo(Span<byte> target, long start = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(target.Length, ByteCount - start, nameof(target));
        if (_file is not null) _file.Read(_place + start, target);
        else _bytes.Span.Slice((int)start, target.Length).CopyTo(target);
    }

    /// <summary>Hands over a part, in bytes, piece by piece.</summary>
    internal void Visit(long start, long count, Action<ReadOnlySpan<byte>> visit)
    {
        if (_file is not null) _file.Visit(_place + start, count, visit);
        else visit(_bytes.Span.Slice((int)start, (int)count));
    }

    /// <summary>Hands over all elements, as bytes, piece by piece.</summary>
    internal void Visit(Action<ReadOnlySpan<byte>> visit) => Visit(0, ByteCount, visit);

    /// <summary>Gives the elements, as many as were announced. Held.</summary>
    internal void Fill(ReadOnlyMemory<byte> bytes) => _bytes = bytes.Length == ByteCount ? bytes
        : throw new ArgumentException($"Storage: {bytes.Length} bytes for {Count} {Type} elements.", nameof(bytes));

    /// <summary>Gives the place of the elements in a file, which is held open if they are many.</summary>
    /// <exception cref="CheckpointException">They reach outside of the file.</exception>
    internal void Fill(CheckpointFile file, long place)
    {
        file.Check(place, ByteCount);
        if (ByteCount <= SmallSize)
        {
            Fill(file.Read(place, ByteCount));
            return;
        }
        file.Hold();
        (_file, _place) = (file, place);
    }
}
