using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Paa.Checkpoints.Zip;

/// <summary>Reads entries of a zip archive whole and counts those whose checksum differs.</summary>
sealed class ZipReader(CheckpointSource source)
{
    /// <summary>The entries by name.</summary>
    public OrderedDictionary<string, ZipEntry> Entries { get; } = ZipDirectory.Read(source);

    /// <summary>Entries read so far.</summary>
    public int ReadCount { get; private set; }

    /// <summary>Name of the first entry whose content did not have the checksum of the directory; null if there is
    /// none.</summary>
    public string? FirstMismatch { get; private set; }

    /// <summary>Entries read whose content did not have the checksum of the directory.</summary>
    public int MismatchCount { get; private set; }

    /// <summary>Reads an entry.</summary>
    /// <param name="name">Path inside the archive.</param>
    /// <param name="limit">Bytes of content that are accepted.</param>
    public byte[] Read(string name, long limit = int.MaxValue)
    {
        if (!Entries.TryGetValue(name, out var entry))
            throw new CheckpointException($"has no entry '{name}'; the file is damaged.");
        if (entry.Size > limit)
            throw new CheckpointException($"has {entry.Size} bytes in '{name}' where {limit} belong; the file is damaged.");
        var stored = source.Read(DataOffset(entry), entry.StoredSize);
        var content = entry.IsDeflated ? Inflate(entry, stored) : stored;
        ReadCount++;
        if (Crc32.Of(content) != entry.Crc)
        {
            MismatchCount++;
            FirstMismatch ??= name;
        }
        return content;
    }

    /// <summary>The local header repeats the directory's, with a name and padding of its own length.</summary>
    long DataOffset(ZipEntry entry)
    {
        var header = source.Read(entry.Offset, ZipFormat.LocalHeaderSize);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != ZipFormat.LocalHeader
            || Encoding.UTF8.GetString(source.Read(entry.Offset + ZipFormat.LocalHeaderSize, nameLength)) != entry.Name)
            throw new CheckpointException($"has no entry '{entry.Name}' where its directory says; the file is damaged.");
        return entry.Offset + ZipFormat.LocalHeaderSize + nameLength + extraLength;
    }

    static byte[] Inflate(ZipEntry entry, byte[] stored)
    {
        if (entry.Size > 1032 * (entry.StoredSize + 1)) throw Wrong(entry);           // what deflate can reach
        var content = GC.AllocateUninitializedArray<byte>((int)entry.Size);
        try
        {
            using var deflate = new DeflateStream(new MemoryStream(stored), CompressionMode.Decompress);
            deflate.ReadExactly(content);
            return deflate.ReadByte() < 0 ? content : throw Wrong(entry);
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException)
        {
            throw Wrong(entry);
        }
    }

    static CheckpointException Wrong(ZipEntry entry) =>
        new($"has in '{entry.Name}' not the {entry.Size} bytes it declares; the file is damaged.");
}
