using System.Buffers.Binary;
using System.Text;

namespace Paa.Checkpoints.Pickling;

/// <summary>Bytes of a pickle, read in order; every length is compared with what is left before anything is allocated.</summary>
/// <param name="stream">Positioned at the first byte. Borrowed.</param>
/// <param name="length">Bytes that may be read.</param>
sealed class PickleInput(Stream stream, long length)
{
    const int MaxLine = 4096;                            // module and class names, decimal numbers
    const int MaxValue = 64 << 20;                       // one text or byte string: the longest are logs of a few megabytes

    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Bytes that are left.</summary>
    public long Remaining => length - Position;

    /// <summary>The next byte.</summary>
    public byte ReadByte()
    {
        var value = Remaining > 0 ? stream.ReadByte() : -1;
        if (value < 0) throw Truncated();
        Position++;
        return (byte)value;
    }

    /// <summary>The next bytes, filling the buffer.</summary>
    public Span<byte> Read(Span<byte> buffer)
    {
        if (buffer.Length > Remaining) throw Truncated();
        try
        {
            stream.ReadExactly(buffer);
        }
        catch (EndOfStreamException)
        {
            throw Truncated();
        }
        Position += buffer.Length;
        return buffer;
    }

    /// <summary>The next bytes as a little-endian unsigned number.</summary>
    /// <param name="bytes">1 to 8.</param>
    public ulong ReadNumber(int bytes)
    {
        Span<byte> buffer = stackalloc byte[8];
        buffer.Clear();
        Read(buffer[..bytes]);
        return BinaryPrimitives.ReadUInt64LittleEndian(buffer);
    }

    /// <summary>The next 8 bytes as a big-endian double, as pickles store it.</summary>
    public double ReadDouble()
    {
        Span<byte> buffer = stackalloc byte[8];
        return BinaryPrimitives.ReadDoubleBigEndian(Read(buffer));
    }

    /// <summary>The next bytes, as many as the file declares.</summary>
    public byte[] ReadBytes(ulong count)
    {
        if (count > (ulong)Remaining) throw Truncated();
        if (count > MaxValue) throw new CheckpointException($"has a text of {count} bytes; up to {MaxValue} are read.");
        var bytes = new byte[count];
        Read(bytes);
        return bytes;
    }

    /// <summary>The next bytes as UTF-8 text.</summary>
    public string ReadText(ulong count)
    {
        var bytes = ReadBytes(count);
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new CheckpointException($"the text at byte {Position - bytes.Length} is not UTF-8; the file is damaged.");
        }
    }

    /// <summary>Text up to the end of the line, without it.</summary>
    public string ReadLine()
    {
        var line = new StringBuilder();
        for (var next = ReadByte(); next != '\n'; next = ReadByte())
        {
            if (line.Length == MaxLine)
                throw new CheckpointException($"a name of more than {MaxLine} bytes ends nowhere; the file is damaged.");
            line.Append((char)next);
        }
        return line.ToString();
    }

    static CheckpointException Truncated() =>
        new("ends in the middle of a value; it was cut off or damaged. Copy or download it again.");
}
