using System.Text;
using System.Text.Json;

namespace Paa.Data.Json;

/// <summary>Reads JSON tokens from a stream of any length, forward only, with a small buffer.</summary>
/// <remarks>
/// A <see cref="Utf8JsonReader"/> that refills its buffer; the buffer grows only for a single longer token. Pass it by reference,
/// because it holds its position. Lines and positions in its <see cref="JsonException"/>s refer to the whole stream.
/// </remarks>
ref struct JsonStream
{
    readonly Stream _stream;
    byte[] _buffer;
    int _start;
    int _length;
    bool _ended;
    Utf8JsonReader _reader;

    /// <summary>Starts before the first token, after a byte order mark if there is one.</summary>
    /// <param name="stream">UTF-8 text. Borrowed.</param>
    /// <param name="bufferSize">Initial size of the buffer in bytes.</param>
    public JsonStream(Stream stream, int bufferSize = 1 << 16)
    {
        _stream = stream;
        _buffer = new byte[Math.Max(bufferSize, 16)];
        _length = stream.ReadAtLeast(_buffer, 3, throwOnEndOfStream: false);
        _ended = _length < 3;
        _start = _buffer.AsSpan(0, _length).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        _reader = new Utf8JsonReader(_buffer.AsSpan(_start, _length - _start), _ended, default);
    }

    /// <summary>Kind of the current token.</summary>
    public readonly JsonTokenType TokenType => _reader.TokenType;

    /// <summary>Number of containers around the current token.</summary>
    public readonly int Depth => _reader.CurrentDepth;

    /// <summary>Moves to the next token; false at the end of the text.</summary>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public bool Read()
    {
        while (!_reader.Read())
        {
            if (_ended) return false;
            Refill();
        }
        return true;
    }

    /// <summary>Whether the current token is this property name.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> name) => _reader.ValueTextEquals(name);

    /// <summary>Skips the value of the property just read, or the rest of the object or array just begun.</summary>
    public void Skip()
    {
        if (_reader.TrySkip()) return;
        if (TokenType == JsonTokenType.PropertyName) Read();
        if (TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray)) return;
        var depth = Depth;
        while (Read() && Depth > depth) { }
    }

    /// <summary>The current token as an integer; 12.0 counts as one.</summary>
    public readonly bool TryGetInteger(out long value)
    {
        value = 0;
        if (TokenType != JsonTokenType.Number) return false;
        if (_reader.TryGetInt64(out value)) return true;
        if (!_reader.TryGetDouble(out var number) || number != Math.Floor(number) || Math.Abs(number) > 1L << 53) return false;
        value = (long)number;
        return true;
    }

    /// <summary>
    /// The current token as a number. NaN and infinities, which Python writes, give a non-finite number.
    /// </summary>
    public readonly bool TryGetDouble(out double value)
    {
        value = double.NaN;
        return TokenType == JsonTokenType.Number ? _reader.TryGetDouble(out value) : IsNonFinite;
    }

    /// <summary>The current token as text, or null if it is not a string.</summary>
    public readonly string? GetString() => TokenType == JsonTokenType.String && !IsNonFinite ? _reader.GetString() : null;

    /// <summary>Describes the current value in words, for messages.</summary>
    public readonly string Describe() => TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String when IsNonFinite => "a number that is not finite",
        JsonTokenType.String => $"the string \"{Shorten(_reader.GetString()!)}\"",
        _ => Shorten(Encoding.UTF8.GetString(_reader.ValueSpan)),
    };

    readonly bool IsNonFinite =>
        TokenType == JsonTokenType.String && _reader.ValueSpan is [NonFiniteFilter.Mark, ..];

    static string Shorten(string text) => text.Length <= 40 ? text : text[..37] + "...";

    void Refill()
    {
        var rest = _buffer.AsSpan((_start + (int)_reader.BytesConsumed).._length);
        var left = rest.Length;
        if (left > _buffer.Length / 2)
        {
            var larger = new byte[checked(_buffer.Length * 2)];
            rest.CopyTo(larger);
            _buffer = larger;
        }
        else
        {
            rest.CopyTo(_buffer);
        }
        var read = _stream.Read(_buffer, left, _buffer.Length - left);
        _ended = read == 0;
        _start = 0;
        _length = left + read;
        _reader = new Utf8JsonReader(_buffer.AsSpan(0, _length), _ended, _reader.CurrentState);
    }
}
