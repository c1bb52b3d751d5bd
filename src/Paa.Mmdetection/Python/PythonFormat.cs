using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Texts made of values: <c>str()</c>, <c>'%d' % x</c>, <c>'{:.2f}'.format(x)</c> and f-strings.</summary>
/// <remarks>Single values only; anything else is unknown.</remarks>
static partial class PythonFormat
{
    /// <summary>What <c>str()</c> makes of a single value; null for lists and dicts.</summary>
    public static string? Str(ConfigNode node) => node is not PythonScalar scalar ? null : scalar.Value switch
    {
        null => "None",
        bool flag => flag ? "True" : "False",
        long whole => whole.ToString(CultureInfo.InvariantCulture),
        double real => Real(real),
        string text => text,
        _ => null,
    };

    /// <summary>A value in a format such as <c>03d</c>, <c>.2f</c>, <c>&gt;8</c>; null if that is not done here.</summary>
    /// <param name="node">The value.</param>
    /// <param name="format">What stands after the colon.</param>
    public static string? Formatted(ConfigNode node, string format)
    {
        if (format.Length == 0) return Str(node);
        if (node is not PythonScalar { Value: { } value } || FormatPattern().Match(format) is not { Success: true } parts)
            return null;
        if (!int.TryParse(Group("width", "0"), out var width) || !int.TryParse(Group("precision", "6"), out var precision)
            || width > MaxWidth || precision > MaxWidth) return null;
        var kind = Group("kind", "");
        var text = (value, kind) switch
        {
            (string whole, "" or "s") when !parts.Groups["precision"].Success => whole,
            (long whole, "" or "d") => whole.ToString(CultureInfo.InvariantCulture),
            (long or double, "f" or "F") =>
                Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString($"F{precision}", CultureInfo.InvariantCulture),
            (double real, "") when !parts.Groups["precision"].Success => Real(real),
            _ => null,
        };
        if (text is null) return null;
        var isNumber = value is long or double;
        if (parts.Groups["zero"].Success && isNumber) return text.StartsWith('-') ? "-" + text[1..].PadLeft(width - 1, '0')
            : text.PadLeft(width, '0');
        var isRight = Group("align", isNumber ? ">" : "<") == ">";
        return isRight ? text.PadLeft(width) : text.PadRight(width);

        string Group(string name, string missing) =>
            parts.Groups[name] is { Success: true, Length: > 0 } group ? group.Value : missing;
    }

    /// <summary><c>'epoch_%d.pth' % 12</c>.</summary>
    /// <param name="format">The text with its <c>%</c> parts.</param>
    /// <param name="values">A single value, or a tuple.</param>
    /// <param name="place">Where it stands.</param>
    public static ConfigNode Percent(string format, ConfigNode values, ConfigLocation place)
    {
        var left = new Queue<ConfigNode>(values is ConfigList tuple ? tuple.Items : [values]);
        var isUnknown = false;
        var text = PercentPattern().Replace(format, match =>
        {
            if (match.Value == "%%") return "%";
            if (!left.TryDequeue(out var value)) return Unknown();
            var kind = match.Groups["kind"].Value;
            var rest = match.Groups["format"].Value;
            return kind switch
            {
                "s" when rest.Length == 0 => Str(value) ?? Unknown(),
                "d" or "i" when value is PythonScalar { Value: long } => Formatted(value, rest + "d") ?? Unknown(),
                "f" => Formatted(value, rest + "f") ?? Unknown(),
                _ => Unknown(),
            };
        });
        return isUnknown || left.Count > 0 || format.Contains("%(", StringComparison.Ordinal)
            ? new ConfigUnknown(place, $"the format '{PythonLexer.Shorten(format)}' is not done")
            : PythonArithmetic.Text(place, text);

        string Unknown()
        {
            isUnknown = true;
            return "";
        }
    }

    /// <summary>A text with parts in braces: of <c>str.format</c> and of f-strings.</summary>
    /// <param name="text">The text; <c>{{</c> is a brace.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="evaluate">The value of what stands in a pair of braces, before the colon; null if it is not known.</param>
    public static ConfigNode Braces(string text, ConfigLocation place, Func<string, ConfigNode?> evaluate)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '{' or '}' && i + 1 < text.Length && text[i + 1] == text[i])
            {
                result.Append(text[i++]);
            }
            else if (text[i] == '}')
            {
                throw new ConfigException(place, "a '}' in a text without its '{'");
            }
            else if (text[i] == '{')
            {
                var end = EndOfBraces(text, i);
                if (end < 0) throw new ConfigException(place, "a '{' in a text without its '}'");
                var (expression, format) = Split(text[(i + 1)..end]);
                var value = evaluate(expression);
                if (value is ConfigUnknown unknown) return new ConfigUnknown(place, unknown.Reason);
                if (value is null || Formatted(value, format) is not { } shown)
                    return new ConfigUnknown(place, $"the format {{{PythonLexer.Shorten(text[(i + 1)..end])}}} is not done");
                result.Append(shown);
                i = end;
            }
            else
            {
                result.Append(text[i]);
            }
            if (result.Length > PythonArithmetic.MaxLength) return PythonArithmetic.TooLong(place);
        }
        return new PythonScalar(place, result.ToString());
    }

    const int MaxWidth = 100;

    static int EndOfBraces(string text, int start)
    {
        var depth = 0;
        for (var i = start; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            if (text[i] == '}' && --depth == 0) return i;
        }
        return -1;
    }

    /// <summary>The expression and the format after its colon; a colon in brackets or quotes belongs to the expression.</summary>
    static (string Expression, string Format) Split(string inner)
    {
        var depth = 0;
        var quote = '\0';
        for (var i = 0; i < inner.Length; i++)
        {
            var letter = inner[i];
            if (quote != '\0') quote = letter == quote ? '\0' : quote;
            else if (letter is '"' or '\'') quote = letter;
            else if (letter is '(' or '[' or '{') depth++;
            else if (letter is ')' or ']' or '}') depth--;
            else if (letter == ':' && depth == 0) return (inner[..i], inner[(i + 1)..]);
        }
        return (inner, "");
    }

    /// <summary>As Python shows a real number: the shortest text that gives it back, with a point or an exponent.</summary>
    static string Real(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var at = text.IndexOf('E');
        if (at >= 0 && Math.Abs(value) is >= 1e-4 and < 1e16) return value.ToString("0.0", CultureInfo.InvariantCulture);
        if (at < 0) return text.Contains('.') ? text : text + ".0";
        var exponent = int.Parse(text[(at + 1)..], CultureInfo.InvariantCulture);
        return string.Create(
            CultureInfo.InvariantCulture, $"{text[..at]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    [GeneratedRegex(@"^(?<align>[<>]?)(?<zero>0)?(?<width>[1-9]\d{0,2})?(\.(?<precision>\d{1,2}))?(?<kind>[dfFs]?)$")]
    private static partial Regex FormatPattern();

    [GeneratedRegex(@"%%|%(?<format>0?\d{0,2}(\.\d{1,2})?)(?<kind>[a-zA-Z])")]
    private static partial Regex PercentPattern();
}
