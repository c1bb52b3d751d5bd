using System.Globalization;
using System.Text;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>One string literal of Python source: in single or triple quotes, raw or with escapes.</summary>
/// <param name="source">The whole text.</param>
/// <param name="start">Where the literal begins, its prefix included.</param>
/// <param name="location">For errors.</param>
sealed class PythonString(string source, int start, ConfigLocation location)
{
    int _position = start;

    /// <summary>The position after the literal, once it was read.</summary>
    public int End => _position;

    /// <summary>The value.</summary>
    /// <exception cref="ConfigException">It does not end, has a wrong escape, or is a kind that is not read.</exception>
    public string Read()
    {
        var isRaw = ReadPrefix();
        var quote = source[_position];
        var isTriple = string.CompareOrdinal(source, _position, new string(quote, 3), 0, 3) == 0;
        var end = new string(quote, isTriple ? 3 : 1);
        _position += end.Length;
        var value = new StringBuilder();
        while (string.CompareOrdinal(source, _position, end, 0, end.Length) != 0)
        {
            if (_position >= source.Length || (!isTriple && source[_position] == '\n'))
                throw new ConfigException(location, "a string that is not closed");
            if (source[_position] == '\\') ReadEscape(value, isRaw);
            else value.Append(source[_position++]);
        }
        _position += end.Length;
        return value.ToString();
    }

    /// <summary>Goes past the letters before the quote.</summary>
    bool ReadPrefix()
    {
        var isRaw = false;
        for (; source[_position] is not ('"' or '\''); _position++)
        {
            var letter = char.ToLowerInvariant(source[_position]);
            if (letter == 'f') throw new ConfigException(location, "an f-string: Python is not run; write the text itself");
            if (letter is not ('r' or 'u'))
                throw new ConfigException(location, $"a string with the prefix '{source[_position]}', which is not read");
            isRaw |= letter == 'r';
        }
        return isRaw;
    }

    void ReadEscape(StringBuilder value, bool isRaw)
    {
        if (_position + 1 >= source.Length) throw new ConfigException(location, "a string that is not closed");
        var letter = source[_position + 1];
        if (isRaw)
        {
            value.Append('\\').Append(letter);
            _position += 2;
            return;
        }
        _position += 2;
        switch (letter)
        {
            case '\n': break;
            case '\\' or '\'' or '"': value.Append(letter); break;
            case 'n': value.Append('\n'); break;
            case 't': value.Append('\t'); break;
            case 'r': value.Append('\r'); break;
            case 'a': value.Append('\a'); break;
            case 'b': value.Append('\b'); break;
            case 'f': value.Append('\f'); break;
            case 'v': value.Append('\v'); break;
            case 'x': AppendCode(value, digits: 2); break;
            case 'u': AppendCode(value, digits: 4); break;
            case 'U': AppendCode(value, digits: 8); break;
            case >= '0' and <= '7': AppendOctal(value); break;
            default: value.Append('\\').Append(letter); break;      // as Python does, with a warning
        }
    }

    void AppendCode(StringBuilder value, int digits)
    {
        var end = Math.Min(_position + digits, source.Length);
        if (end - _position < digits || !int.TryParse(
            source.AsSpan(_position, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
            || !IsCharacter(code))
            throw new ConfigException(location, $"an escape that is not followed by {digits} hexadecimal digits of a character");
        value.Append(code > char.MaxValue ? char.ConvertFromUtf32(code) : ((char)code).ToString());
        _position = end;
    }

    void AppendOctal(StringBuilder value)
    {
        var code = 0;
        _position--;
        for (var i = 0; i < 3 && _position < source.Length && source[_position] is >= '0' and <= '7'; i++)
            code = code * 8 + source[_position++] - '0';
        value.Append((char)code);
    }

    static bool IsCharacter(int code) => code is >= 0 and <= 0x10FFFF;
}

/// <summary>Values of number literals.</summary>
static class PythonNumber
{
    /// <summary>A long for a whole number, a double otherwise.</summary>
    /// <exception cref="ConfigException">It is no number, or needs more than 64 bits.</exception>
    public static object Parse(string text, ConfigLocation location)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var radix = digits.Length > 2 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) : ' ';
        try
        {
            if (radix is 'x') return Convert.ToInt64(digits[2..], 16);
            if (radix is 'o') return Convert.ToInt64(digits[2..], 8);
            if (radix is 'b') return Convert.ToInt64(digits[2..], 2);
        }
        catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
        {
            throw Wrong(text, location);
        }
        if (digits.All(char.IsAsciiDigit))
        {
            return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
                ? whole
                : throw Wrong(text, location);
        }
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return double.TryParse(digits, Style, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            ? real
            : throw Wrong(text, location);
    }

    static ConfigException Wrong(string text, ConfigLocation location) =>
        new(location, $"'{PythonLexer.Shorten(text)}' is no number of at most 64 bits");
}
