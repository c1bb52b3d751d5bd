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
    bool _isRaw;

    /// <summary>The position after the literal, once it was read.</summary>
    public int End => _position;

    /// <summary>String, f-string or bytes, once it was read.</summary>
    public PythonTokenKind Kind { get; private set; } = PythonTokenKind.String;

    /// <summary>The value; of an f-string with its braces.</summary>
    /// <exception cref="ConfigException">It does not end, has a wrong escape or prefix.</exception>
    public string Read()
    {
        ReadPrefix();
        var quote = source[_position];
        var isTriple = string.CompareOrdinal(source, _position, new string(quote, 3), 0, 3) == 0;
        var end = new string(quote, isTriple ? 3 : 1);
        _position += end.Length;
        var value = new StringBuilder();
        while (string.CompareOrdinal(source, _position, end, 0, end.Length) != 0)
        {
            if (_position >= source.Length || (!isTriple && source[_position] == '\n'))
                throw new ConfigException(location, "a string that is not closed");
            if (source[_position] == '\\') ReadEscape(value);
            else if (Kind == PythonTokenKind.FormatString && source[_position] == '{') ReadBraces(value);
            else value.Append(source[_position++]);
        }
        _position += end.Length;
        return value.ToString();
    }

    /// <summary>Goes past the letters before the quote.</summary>
    void ReadPrefix()
    {
        for (; source[_position] is not ('"' or '\''); _position++)
        {
            switch (char.ToLowerInvariant(source[_position]))
            {
                case 'r': _isRaw = true; break;
                case 'u': break;
                case 'f': Kind = PythonTokenKind.FormatString; break;
                case 'b': Kind = PythonTokenKind.Bytes; break;
                default: throw new ConfigException(location, $"a string with the prefix '{source[_position]}'");
            }
        }
    }

    /// <summary>An expression in an f-string, which may contain quotes of any kind; <c>{{</c> is a brace.</summary>
    void ReadBraces(StringBuilder value)
    {
        if (_position + 1 < source.Length && source[_position + 1] == '{')
        {
            value.Append("{{");
            _position += 2;
            return;
        }
        var depth = 0;
        var quote = '\0';
        do
        {
            if (_position >= source.Length) throw new ConfigException(location, "a string that is not closed");
            var letter = source[_position++];
            value.Append(letter);
            if (quote != '\0') quote = letter == quote ? '\0' : quote;
            else if (letter is '"' or '\'') quote = letter;
            else if (letter is '{' or '}') depth += letter == '{' ? 1 : -1;
        }
        while (depth > 0);
    }

    void ReadEscape(StringBuilder value)
    {
        if (_position + 1 >= source.Length) throw new ConfigException(location, "a string that is not closed");
        var letter = source[_position + 1];
        if (_isRaw)
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
            case 'N' when _position < source.Length && source[_position] == '{':        // a character by its name
                value.Append('\uFFFD');
                _position = Math.Max(_position, source.IndexOf('}', _position) + 1);
                break;
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
    /// <summary>A long for a whole number, a double otherwise; unknown if it needs more than 64 bits or is imaginary.</summary>
    /// <exception cref="ConfigException">It is no number.</exception>
    public static ConfigNode Parse(string text, ConfigLocation location)
    {
        var digits = text.Replace("_", "", StringComparison.Ordinal);
        var radix = digits.Length > 2 && digits[0] == '0'
            ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 10 }
            : 10;
        try
        {
            if (radix != 10) return new PythonScalar(location, Convert.ToInt64(digits[2..], radix));
            if (digits.All(char.IsAsciiDigit))
                return new PythonScalar(location, long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        catch (OverflowException)
        {
            return new ConfigUnknown(location, $"{PythonLexer.Shorten(text)} needs more than 64 bits");
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw Wrong(text, location);
        }
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        var isImaginary = digits[^1] is 'j' or 'J';
        if (!double.TryParse(isImaginary ? digits[..^1] : digits, Style, CultureInfo.InvariantCulture, out var real))
            throw Wrong(text, location);
        return isImaginary || !double.IsFinite(real)
            ? new ConfigUnknown(location, $"{PythonLexer.Shorten(text)} is no finite real number")
            : new PythonScalar(location, real);
    }

    static ConfigException Wrong(string text, ConfigLocation location) =>
        new(location, $"'{PythonLexer.Shorten(text)}' is no number");
}
