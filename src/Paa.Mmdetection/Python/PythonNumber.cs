using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

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
