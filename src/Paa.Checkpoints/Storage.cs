namespace Paa.Checkpoints;

/// <summary>A run of elements in memory that one or several tensors view, as in PyTorch.</summary>
public sealed class Storage
{
    ReadOnlyMemory<byte> _bytes;

    /// <summary>Creates a storage over bytes, which are held, not copied.</summary>
    /// <param name="type">Element type.</param>
    /// <param name="bytes">The elements, little-endian; a whole number of them.</param>
    public Storage(ScalarType type, ReadOnlyMemory<byte> bytes) : this(type, bytes.Length / type.Size())
    {
        if (bytes.Length % type.Size() != 0)
            throw new ArgumentException($"Storage: {bytes.Length} bytes are no whole number of {type} elements.", nameof(bytes));
        _bytes = bytes;
    }

    /// <summary>Creates a storage whose bytes are read later, by <see cref="Fill"/>.</summary>
    internal Storage(ScalarType type, long count)
    {
        Type = type;
        Count = count;
    }

    /// <summary>Element type.</summary>
    public ScalarType Type { get; }

    /// <summary>Number of elements.</summary>
    public long Count { get; }

    /// <summary>The elements, little-endian. Borrowed.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes;

    /// <summary>Number of bytes the elements take.</summary>
    internal long ByteCount => Count * Type.Size();

    /// <summary>Hands over the bytes read from the file.</summary>
    internal void Fill(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length != ByteCount)
            throw new CheckpointException($"a storage of {Count} {Type} elements has {bytes.Length} bytes; the file is damaged.");
        _bytes = bytes;
    }
}
