using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;

namespace Paa.Checkpoints.Zip;

/// <summary>Reads the entries of a zip archive and counts those whose checksum differs.</summary>
sealed class ZipReader(CheckpointFile file)
{
    /// <summary>The entries by name.</summary>
    public OrderedDictionary<string, ZipEntry> Entries { get; } = ZipDirectory.Read(file);

    /// <summary>Entries read so far.</summary>
    public int ReadCount { get; private set; }

    /// <summary>Name of the first entry whose content did not have the checksum of the directory; null if there is
    /// none.</summary>
    public string? FirstMismatch { get; private set; }

    /// <summary>Entries read whose content did not have the checksum of the directory.</summary>
    public int MismatchCount { get; private set; }

    /// <summary>Reads an entry whole.</summary>
    /// <param name="name">Path inside the archive.</param>
    /// <param name="limit">Bytes of content that are accepted.</param>
    public byte[] Read(string name, long limit = int.MaxValue) => Read(Find(name, 0, limit));

    /// <summary>Gives a storage its elements: small or compressed ones at once, others by their place in the file, after one pass
    /// that compares their checksum and keeps nothing.</summary>
    /// <param name="name">Path inside the archive.</param>
    /// <param name="storage">As long as the entry must be.</param>
    public void Fill(string name, Storage storage)
    {
        var entry = Find(name, storage.ByteCount, storage.ByteCount);
        if (entry.IsDeflated || entry.Size <= Storage.SmallSize)
        {
            storage.Fill(Read(entry));
            return;
        }
        var (place, crc) = (DataOffset(entry), new Crc32());
        storage.Fill(file, place);
        storage.Visit(crc.Append);
        Compare(entry, crc.GetCurrentHashAsUInt32());
    }

    ZipEntry Find(string name, long least, long most)
    {
        if (!Entries.TryGetValue(name, out var entry))
            throw new CheckpointException($"has no entry '{name}'; the file is damaged.");
        return entry.Size >= least && entry.Size <= most ? entry
            : throw new CheckpointException($"has {entry.Size} bytes in '{name}' where {most} belong; the file is damaged.");
    }

    byte[] Read(ZipEntry entry)
    {
        var stored = file.Read(DataOffset(entry), entry.StoredSize);
        var content = entry.IsDeflated ? Inflate(entry, stored) : stored;
        Compare(entry, Crc32.HashToUInt32(content));
        return content;
    }

    void Compare(ZipEntry entry, uint crc)
    {
        ReadCount++;
        if (crc == entry.Crc) return;
        MismatchCount++;
        FirstMismatch ??= entry.Name;
    }

    /// <summary>The local header repeats the directory's, with a name and padding of its own length.</summary>
    long DataOffset(ZipEntry entry)
    {
        var header = file.Read(entry.Offset, ZipFormat.LocalHeaderSize);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26));
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != ZipFormat.LocalHeader
            || Encoding.UTF8.GetString(file.Read(entry.Offset + ZipFormat.LocalHeaderSize, nameLength)) != entry.Name)
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

/// <summary>Reads the directory of a zip archive, zip64 included, and refuses archives that contradict themselves.</summary>
/// <remarks>
/// Not <c>System.IO.Compression</c>, which hides where an entry lies, copies every byte once more, and lets entries overlap: a
/// few kilobytes can then unfold to any size.
/// </remarks>
static class ZipDirectory
{
    const int MaxEntries = 1_000_000;

    /// <summary>Reads all entries.</summary>
    /// <returns>The entries by name, in the order of the directory.</returns>
    public static OrderedDictionary<string, ZipEntry> Read(CheckpointFile file)
    {
        var (count, size, offset) = FindDirectory(file);
        if (count > MaxEntries) throw Damaged($"has {count} entries");
        var bytes = file.Read(offset, size);
        var entries = new OrderedDictionary<string, ZipEntry>(StringComparer.Ordinal);
        var rest = bytes.AsSpan();
        var total = 0L;
        for (var i = 0L; i < count; i++)
        {
            var entry = ReadEntry(ref rest);
            if (!entries.TryAdd(entry.Name, entry)) throw Damaged($"has the entry '{entry.Name}' twice");
            total += entry.StoredSize;
            if (entry.Offset > offset - entry.StoredSize || total > offset)
                throw Damaged("has entries that overlap or lie outside of the file");
        }
        return entries;
    }

    static (long Count, long Size, long Offset) FindDirectory(CheckpointFile file)
    {
        var tailLength = Math.Min(file.Length, ZipFormat.EndSize + ushort.MaxValue);
        var tail = file.Read(file.Length - tailLength, tailLength);
        var at = tail.Length - ZipFormat.EndSize;
        while (at >= 0 && UInt32(tail, at) != ZipFormat.End) at--;                    // a comment of any length may follow
        if (at < 0) throw new CheckpointException("is a zip archive without its end: it was cut off. Copy or download it again.");
        var (count, size, offset) = ((long)UInt16(tail, at + 10), (long)UInt32(tail, at + 12), (long)UInt32(tail, at + 16));
        var locator = at - ZipFormat.End64LocatorSize;
        if (locator < 0 || UInt32(tail, locator) != ZipFormat.End64Locator) return (count, size, offset);
        var end = file.Read(Int64(tail, locator + 8), ZipFormat.End64Size);
        if (UInt32(end, 0) != ZipFormat.End64) throw Damaged("has no zip64 directory where it says");
        return (Int64(end, 32), Int64(end, 40), Int64(end, 48));
    }

    static ZipEntry ReadEntry(ref Span<byte> rest)
    {
        if (rest.Length < ZipFormat.DirectoryHeaderSize || UInt32(rest, 0) != ZipFormat.DirectoryHeader)
            throw Damaged("has a broken directory");
        var (flags, method) = (UInt16(rest, 8), UInt16(rest, 10));
        var (nameLength, extraLength, commentLength) = (UInt16(rest, 28), UInt16(rest, 30), UInt16(rest, 32));
        var (storedSize, size, offset) = ((long)UInt32(rest, 20), (long)UInt32(rest, 24), (long)UInt32(rest, 42));
        var crc = UInt32(rest, 16);
        var length = ZipFormat.DirectoryHeaderSize + nameLength + extraLength + commentLength;
        if (rest.Length < length) throw Damaged("has a broken directory");
        var name = Encoding.UTF8.GetString(rest.Slice(ZipFormat.DirectoryHeaderSize, nameLength));
        Widen(rest.Slice(ZipFormat.DirectoryHeaderSize + nameLength, extraLength), ref size, ref storedSize, ref offset);
        if ((flags & 1) != 0) throw new CheckpointException($"is encrypted (entry '{name}'); decrypt it first.");
        if (method is not (0 or 8))
            throw new CheckpointException($"has the entry '{name}' compressed by method {method}; only deflate is read.");
        if (method == 0 && size != storedSize) throw Damaged($"gives two sizes for the entry '{name}'");
        rest = rest[length..];
        return new ZipEntry(name, offset, storedSize, size, crc, method == 8);
    }

    /// <summary>Replaces sizes that did not fit into 32 bits by those of the zip64 field.</summary>
    static void Widen(ReadOnlySpan<byte> extra, ref long size, ref long storedSize, ref long offset)
    {
        while (extra.Length >= 4)
        {
            var (id, length) = (UInt16(extra, 0), UInt16(extra, 2));
            if (length > extra.Length - 4) throw Damaged("has a broken directory");
            var field = extra.Slice(4, length);
            if (id == ZipFormat.Zip64Extra)
            {
                Take(ref field, ref size);
                Take(ref field, ref storedSize);
                Take(ref field, ref offset);
            }
            extra = extra[(4 + length)..];
        }
        if (size < 0 || storedSize < 0 || offset < 0) throw Damaged("has a broken directory");
    }

    static void Take(ref ReadOnlySpan<byte> field, ref long value)
    {
        if (value != ZipFormat.In64 || field.Length < 8) return;
        value = BinaryPrimitives.ReadInt64LittleEndian(field);
        field = field[8..];
    }

    static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    static CheckpointException Damaged(string what) => new($"{what}; the file is damaged.");
}
