namespace Paa.Data.Json;

/// <summary>
/// Passes JSON text on, with the bare words NaN, Infinity and -Infinity replaced by marked strings of equal length.
/// </summary>
/// <remarks>
/// Python writes these words, although they are not JSON. Lines and positions do not change. Reading byte by byte is slow, so the
/// filter is used only for a file that failed to parse without it.
/// </remarks>
sealed class NonFiniteFilter(Stream source) : Stream
{
    /// <summary>
    /// First byte of the strings that stand for non-finite numbers: a control character that no name contains.
    /// </summary>
    public const byte Mark = 0x7F;

    readonly BufferedStream _source = new(source, 1 << 16);
    bool _inString, _escaped;
    int _pending = -1;                  // byte read ahead
    int _wordPosition, _wordLength;     // position in a bare word, minus sign included

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = 0;
        while (count < buffer.Length && Next() is >= 0 and var value) buffer[count++] = (byte)value;
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    int Next()
    {
        var value = Take();
        if (value < 0) return value;
        if (_wordPosition > 0) return Inside();
        if (_inString)
        {
            _inString = _escaped || value != '"';
            _escaped = !_escaped && value == '\\';
            return value;
        }
        _inString = value == '"';
        if (value == '-') _pending = _source.ReadByte();
        _wordLength = (value, _pending) switch
        {
            ('N', _) => 3,
            ('I', _) => 8,
            ('-', 'I') => 9,
            _ => 0,
        };
        return _wordLength == 0 ? value : Inside();
    }

    int Inside()
    {
        var position = _wordPosition++;
        if (_wordPosition == _wordLength) _wordPosition = 0;
        return position == 0 || position == _wordLength - 1 ? '"' : Mark;
    }

    int Take()
    {
        var value = _pending >= 0 ? _pending : _source.ReadByte();
        _pending = -1;
        return value;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
