using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Paa.Checkpoints.Zip;

/// <summary>Writes a zip archive of uncompressed entries whose contents start at multiples of 64, so that readers can map
/// them.</summary>
/// <remarks>
/// Not <c>System.IO.Compression</c>, which cannot align. Dates are constant: equal content gives equal bytes. Beyond 4 GB or
/// 65,535 entries the directory is written as zip64; one entry holds at most 2 GB.
/// </remarks>
/// <param name="output">Written from its present position on, which need not be the start; never read or sought.
/// Borrowed.</param>
sealed class ZipWriter(Stream output)
{
    const int Alignment = 64;
    const ushort Date = 0x21;                            // 1 January 1980, the first a zip can hold
    const ushort Version = 20;
    const ushort Version64 = 45;

    readonly List<ZipEntry> _entries = [];
    long _position = output.CanSeek ? output.Position : 0;

    /// <summary>Adds an entry.</summary>
    /// <param name="name">Path inside the archive, in ASCII.</param>
    /// <param name="content">Written at once.</param>
    public void Add(string name, ReadOnlySpan<byte> content)
    {
        Begin(name, content.Length, Crc32.HashToUInt32(content));
        Write(content);
    }

    /// <summary>Adds an entry that holds the elements of a storage. They are read twice, since their checksum stands before them.
    /// </summary>
    /// <param name="name">Path inside the archive, in ASCII.</param>
    /// <param name="content">Written at once. Borrowed.</param>
    public void Add(string name, Storage content)
    {
        var crc = new Crc32();
        content.Visit(crc.Append);
        Begin(name, content.ByteCount, crc.GetCurrentHashAsUInt32());
        content.Visit(Write);
    }

    void Begin(string name, long length, uint crc)
    {
        var entry = new ZipEntry(name, _position, length, length, crc, IsDeflated: false);
        var padding = Alignment - (int)((_position + ZipFormat.LocalHeaderSize + name.Length + 4) % Alignment);
        Span<byte> header = stackalloc byte[ZipFormat.LocalHeaderSize];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, ZipFormat.LocalHeader);
        WriteCommon(header[4..], entry, Version, (ushort)(4 + padding));
        Write(header);
        Write(Encoding.ASCII.GetBytes(name));
        Write([ZipFormat.PaddingExtra & 0xff, ZipFormat.PaddingExtra >> 8, (byte)padding, 0]);
        Write(new byte[padding]);
        _entries.Add(entry);
    }

    /// <summary>Writes the directory. Nothing may be added after it.</summary>
    public void Finish()
    {
        var start = _position;
        foreach (var entry in _entries) WriteDirectoryEntry(entry);
        var (size, end64) = (_position - start, _position);
        if (_entries.Count >= ushort.MaxValue || start >= ZipFormat.In64) WriteEnd64(start, size, end64);
        Span<byte> end = stackalloc byte[ZipFormat.EndSize];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, ZipFormat.End);
        var count = (ushort)Math.Min(_entries.Count, ushort.MaxValue);
        BinaryPrimitives.WriteUInt16LittleEndian(end[8..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(end[10..], count);
        BinaryPrimitives.WriteUInt32LittleEndian(end[12..], (uint)Math.Min(size, ZipFormat.In64));
        BinaryPrimitives.WriteUInt32LittleEndian(end[16..], (uint)Math.Min(start, ZipFormat.In64));
        Write(end);
    }

    void WriteDirectoryEntry(ZipEntry entry)
    {
        var is64 = entry.Offset >= ZipFormat.In64;
        Span<byte> header = stackalloc byte[ZipFormat.DirectoryHeaderSize];
        header.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(header, ZipFormat.DirectoryHeader);
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], is64 ? Version64 : Version);
        WriteCommon(header[6..], entry, is64 ? Version64 : Version, (ushort)(is64 ? 12 : 0));
        BinaryPrimitives.WriteUInt32LittleEndian(header[42..], (uint)Math.Min(entry.Offset, ZipFormat.In64));
        Write(header);
        Write(Encoding.ASCII.GetBytes(entry.Name));
        if (!is64) return;
        Span<byte> extra = stackalloc byte[12];
        BinaryPrimitives.WriteUInt16LittleEndian(extra, ZipFormat.Zip64Extra);
        BinaryPrimitives.WriteUInt16LittleEndian(extra[2..], 8);
        BinaryPrimitives.WriteInt64LittleEndian(extra[4..], entry.Offset);
        Write(extra);
    }

    void WriteEnd64(long start, long size, long end64)
    {
        Span<byte> end = stackalloc byte[ZipFormat.End64Size];
        end.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(end, ZipFormat.End64);
        BinaryPrimitives.WriteInt64LittleEndian(end[4..], ZipFormat.End64Size - 12);
        BinaryPrimitives.WriteUInt16LittleEndian(end[12..], Version64);
        BinaryPrimitives.WriteUInt16LittleEndian(end[14..], Version64);
        BinaryPrimitives.WriteInt64LittleEndian(end[24..], _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end[32..], _entries.Count);
        BinaryPrimitives.WriteInt64LittleEndian(end[40..], size);
        BinaryPrimitives.WriteInt64LittleEndian(end[48..], start);
        Write(end);
        Span<byte> locator = stackalloc byte[ZipFormat.End64LocatorSize];
        locator.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(locator, ZipFormat.End64Locator);
        BinaryPrimitives.WriteInt64LittleEndian(locator[8..], end64);
        BinaryPrimitives.WriteInt32LittleEndian(locator[16..], 1);
        Write(locator);
    }

    /// <summary>The fields that local and directory headers share, from the version needed to the length of the extra
    /// field.</summary>
    static void WriteCommon(Span<byte> fields, ZipEntry entry, ushort version, ushort extraLength)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(fields, version);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[8..], Date);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[10..], entry.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[14..], (uint)entry.StoredSize);
        BinaryPrimitives.WriteUInt32LittleEndian(fields[18..], (uint)entry.Size);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[22..], (ushort)entry.Name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(fields[24..], extraLength);
    }

    void Write(ReadOnlySpan<byte> bytes)
    {
        output.Write(bytes);
        _position += bytes.Length;
    }
}
