using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Operators between literals, with Python's types of the result; sizes are bounded.</summary>
static class PythonArithmetic
{
    const int MaxLength = 10_000;       // letters of a text, items of a list

    /// <summary>The result of a binary operator.</summary>
    /// <param name="symbol"><c>+ - * / // % **</c>.</param>
    /// <param name="left">Its left operand.</param>
    /// <param name="right">Its right operand.</param>
    /// <exception cref="ConfigException">The operands do not go together, or the result is too large.</exception>
    public static ConfigNode Apply(string symbol, ConfigNode left, ConfigNode right)
    {
        var place = left.Location;
        ConfigNode? result = (left, right) switch
        {
            (ConfigList a, ConfigList b) when symbol == "+" => Join(place, [.. a.Items, .. b.Items]),
            (ConfigList a, PythonScalar { Value: long count }) when symbol == "*" => Repeat(a, count),
            (PythonScalar { Value: string a }, PythonScalar { Value: string b }) when symbol == "+" => Text(place, a + b),
            (PythonScalar { Value: long a }, PythonScalar { Value: long b }) => Whole(symbol, a, b, place),
            (PythonScalar a, PythonScalar b) when Number(a) is { } x && Number(b) is { } y => Real(symbol, x, y, place),
            _ => null,
        };
        return result ?? throw new ConfigException(
            place, $"'{symbol}' between {Describe(left)} and {Describe(right)} is not read");
    }

    /// <summary>The negative of a number.</summary>
    /// <exception cref="ConfigException">It is none.</exception>
    public static ConfigNode Negate(ConfigNode operand) => operand is PythonScalar scalar && Number(scalar) is not null
        ? Apply("-", new PythonScalar(operand.Location, 0L), operand)
        : throw new ConfigException(operand.Location, $"'-' before {Describe(operand)} is not read");

    /// <summary>A value as error messages name it, shortened.</summary>
    public static string Describe(ConfigNode node) => node is ConfigScalar { Text: { } text }
        ? $"'{PythonLexer.Shorten(text)}'"
        : node.Description;

    static double? Number(PythonScalar scalar) => scalar.Value switch { long whole => whole, double real => real, _ => null };

    static PythonScalar? Whole(string symbol, long a, long b, ConfigLocation place)
    {
        if (symbol == "/" || (symbol == "**" && b < 0)) return Real(symbol, a, b, place);
        if (symbol is "//" or "%" && b == 0) throw new ConfigException(place, $"'{symbol}' by zero");
        try
        {
            object? value = symbol switch
            {
                "+" => checked(a + b),
                "-" => checked(a - b),
                "*" => checked(a * b),
                "//" => FloorDivide(a, b),
                "%" => checked(a - FloorDivide(a, b) * b),
                "**" => Power(a, b),
                _ => null,
            };
            return value is null ? null : new PythonScalar(place, value);
        }
        catch (OverflowException)
        {
            throw new ConfigException(place, $"the result of '{symbol}' needs more than 64 bits");
        }
    }

    static PythonScalar? Real(string symbol, double a, double b, ConfigLocation place)
    {
        if (symbol is "/" or "//" or "%" && b == 0) throw new ConfigException(place, $"'{symbol}' by zero");
        double? value = symbol switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - Math.Floor(a / b) * b,
            "**" => Math.Pow(a, b),
            _ => null,
        };
        if (value is null) return null;
        return double.IsFinite(value.Value)
            ? new PythonScalar(place, value.Value)
            : throw new ConfigException(place, $"the result of '{symbol}' is no finite number");
    }

    static long FloorDivide(long a, long b)
    {
        var quotient = checked(a / b);
        return a % b != 0 && a < 0 != b < 0 ? quotient - 1 : quotient;
    }

    static long Power(long a, long exponent)
    {
        if (a is 0 or 1 or -1) return exponent == 0 ? 1 : exponent % 2 == 0 ? a * a : a;
        var result = 1L;
        for (var i = 0L; i < exponent; i++) result = checked(result * a);       // 64 rounds at most, then it overflows
        return result;
    }

    static ConfigList Repeat(ConfigList list, long count)
    {
        if (count > MaxLength || list.Items.Count * count > MaxLength) throw TooLong(list.Location);
        var repeated = Enumerable.Repeat(list.Items, (int)Math.Max(0, count)).SelectMany(items => items);
        return new ConfigList(list.Location, [.. repeated]);
    }

    static ConfigList Join(ConfigLocation place, ConfigNode[] items) =>
        items.Length <= MaxLength ? new ConfigList(place, items) : throw TooLong(place);

    static PythonScalar Text(ConfigLocation place, string text) =>
        text.Length <= MaxLength ? new PythonScalar(place, text) : throw TooLong(place);

    static ConfigException TooLong(ConfigLocation place) => new(place, $"the result is longer than {MaxLength}");
}
