using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Paa.Checkpoints.Pickling;

/// <summary>Bytes of a pickle, read in order; every length is compared with what is left before anything is allocated.</summary>
sealed class PickleInput
{
    const int BufferSize = 1 << 16;
    const int MaxLine = 4096;                            // module and class names, decimal numbers
    const int MaxValue = 64 << 20;                       // one text or byte string: the longest are logs of a few megabytes

    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly CheckpointFile? _file;
    readonly long _length;
    readonly byte[] _buffer;                             // the whole pickle, or the piece of the file that begins at _start
    long _start;
    int _next;                                           // in the buffer
    int _end;

    /// <summary>Reads a pickle in memory.</summary>
    /// <param name="pickle">Borrowed.</param>
    public PickleInput(byte[] pickle) => (_buffer, _end, _length) = (pickle, pickle.Length, pickle.Length);

    /// <summary>Reads pickles from the start of a file.</summary>
    /// <param name="file">Borrowed.</param>
    public PickleInput(CheckpointFile file) => (_file, _buffer, _length) = (file, new byte[BufferSize], file.Length);

    /// <summary>Bytes read so far.</summary>
    public long Position => _start + _next;

    /// <summary>Bytes that are left.</summary>
    public long Remaining => _length - Position;

    /// <summary>The next byte.</summary>
    public byte ReadByte()
    {
        if (_next == _end) Refill();
        return _buffer[_next++];
    }

    /// <summary>The next bytes.</summary>
    /// <param name="target">Filled.</param>
    /// <returns>The same.</returns>
    public Span<byte> Read(Span<byte> target)
    {
        if (target.Length > Remaining) throw Truncated();
        for (var rest = target; rest.Length > 0;)
        {
            if (_next == _end) Refill();
            var count = Math.Min(rest.Length, _end - _next);
            _buffer.AsSpan(_next, count).CopyTo(rest);
            _next += count;
            rest = rest[count..];
        }
        return target;
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

    void Refill()
    {
        if (_file is null || Remaining == 0) throw Truncated();
        (_start, _next, _end) = (Position, 0, (int)Math.Min(BufferSize, Remaining));
        _file.Read(_start, _buffer.AsSpan(0, _end));
    }

    static CheckpointException Truncated() =>
        new("ends in the middle of a value; it was cut off or damaged. Copy or download it again.");
}

/// <summary>Numbers as pickles write them: integers of any length, and decimal text.</summary>
static class PickleNumbers
{
    const int MaxBytes = 256;                            // random states and hashes need 16; converting to text is quadratic

    /// <summary>A little-endian number in two's complement: a <c>long</c> if it fits, else a <see cref="BigInteger"/>.</summary>
    public static object Integer(byte[] bytes)
    {
        if (bytes.Length > MaxBytes)
            throw new CheckpointException($"has an integer of {bytes.Length} bytes; up to {MaxBytes} are read.");
        return Narrow(new BigInteger(bytes));
    }

    /// <summary>A decimal number; <c>00</c> and <c>01</c> are the flags of protocol 1, and an L may follow a long one.</summary>
    public static object Integer(string text) => text switch
    {
        "00" => false,
        "01" => true,
        { Length: <= 2 * MaxBytes } when BigInteger.TryParse(text.TrimEnd('L'), NumberStyles.AllowLeadingSign,
            CultureInfo.InvariantCulture, out var number) => Narrow(number),
        _ => throw Wrong(),
    };

    /// <summary>A decimal number with a fraction.</summary>
    public static double Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();

    /// <summary>A number of the memo.</summary>
    public static ulong Index(string text) =>
        ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong();

    static object Narrow(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;

    static CheckpointException Wrong() => new("has a number that is none; the file is damaged.");
}
