using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Operators between known values, with Python's types of the result; sizes are bounded.</summary>
/// <remarks>What Python refuses is an error; what it would compute, but is not done here, is unknown.</remarks>
static class PythonArithmetic
{
    /// <summary>Most letters of a text, or items of a list, that are computed.</summary>
    public const int MaxLength = 10_000;

    /// <summary>The result of a binary operator.</summary>
    /// <param name="symbol"><c>+ - * / // % ** | &amp; ^ &lt;&lt; &gt;&gt; @</c>.</param>
    /// <param name="left">Its left operand.</param>
    /// <param name="right">Its right operand.</param>
    /// <exception cref="ConfigException">The operands do not go together, or the divisor is zero.</exception>
    public static ConfigNode Apply(string symbol, ConfigNode left, ConfigNode right)
    {
        var place = left.Location;
        if ((left as ConfigUnknown ?? right as ConfigUnknown) is { } unknown) return new ConfigUnknown(place, unknown.Reason);
        ConfigNode? result = (left, right) switch
        {
            (ConfigList a, ConfigList b) when symbol == "+" => Join(place, a, b),
            (ConfigList a, PythonScalar { Value: long count }) when symbol == "*" => Repeat(a, count),
            (PythonScalar { Value: long count }, ConfigList b) when symbol == "*" => Repeat(b, count),
            (PythonScalar { Value: string a }, PythonScalar { Value: string b }) when symbol == "+" => Text(place, a + b),
            (PythonScalar { Value: string a }, PythonScalar { Value: long count }) when symbol == "*" => Repeat(place, a, count),
            (PythonScalar { Value: string format }, _) when symbol == "%" => PythonFormat.Percent(format, right, place),
            (PythonScalar { Value: long a }, PythonScalar { Value: long b }) => Whole(symbol, a, b, place),
            (PythonScalar a, PythonScalar b) when Number(a) is { } x && Number(b) is { } y => Real(symbol, x, y, place),
            (ConfigMapping, ConfigMapping) => new ConfigUnknown(place, $"'{symbol}' between dicts is not read"),
            _ => null,
        };
        return result ?? throw new ConfigException(
            place, $"'{symbol}' between {Describe(left)} and {Describe(right)} is no Python");
    }

    /// <summary>The negative of a number.</summary>
    /// <exception cref="ConfigException">It is none.</exception>
    public static ConfigNode Negate(ConfigNode operand) => operand switch
    {
        ConfigUnknown => operand,
        PythonScalar scalar when Number(scalar) is not null => Apply("-", new PythonScalar(operand.Location, 0L), operand),
        _ => throw new ConfigException(operand.Location, $"'-' before {Describe(operand)} is no Python"),
    };

    /// <summary>A value as error messages name it, shortened.</summary>
    public static string Describe(ConfigNode node) => node is ConfigScalar { Text: { } text }
        ? $"'{PythonLexer.Shorten(text)}'"
        : node.Description;

    /// <summary>The value of a number, or of True and False; null for anything else.</summary>
    public static double? Number(ConfigNode node) => (node as PythonScalar)?.Value switch
    {
        long whole => whole,
        double real => real,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    /// <summary>A text, or an unknown if it is too long.</summary>
    public static ConfigNode Text(ConfigLocation place, string text) =>
        text.Length <= MaxLength ? new PythonScalar(place, text) : TooLong(place);

    /// <summary>What stands for a result of more than <see cref="MaxLength"/>.</summary>
    public static ConfigUnknown TooLong(ConfigLocation place) => new(place, $"the result is longer than {MaxLength}");

    static ConfigNode? Whole(string symbol, long a, long b, ConfigLocation place)
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
                "|" => a | b,
                "&" => a & b,
                "^" => a ^ b,
                ">>" when b >= 0 => a >> (int)Math.Min(b, 63),
                "<<" when b is >= 0 and < 63 => checked(a * (1L << (int)b)),
                _ => null,
            };
            return value is null ? null : new PythonScalar(place, value);
        }
        catch (OverflowException)
        {
            return new ConfigUnknown(place, $"the result of '{symbol}' needs more than 64 bits");
        }
    }

    static ConfigNode? Real(string symbol, double a, double b, ConfigLocation place)
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
            : new ConfigUnknown(place, $"the result of '{symbol}' is no finite number");
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

    static ConfigNode Repeat(ConfigList list, long count)
    {
        if (count > MaxLength || list.Items.Count * count > MaxLength) return TooLong(list.Location);
        var repeated = Enumerable.Repeat(list.Items, (int)Math.Max(0, count)).SelectMany(items => items);
        return new ConfigList(list.Location, [.. repeated]);
    }

    static ConfigNode Repeat(ConfigLocation place, string text, long count) =>
        count > MaxLength || text.Length * count > MaxLength
            ? TooLong(place)
            : new PythonScalar(place, string.Concat(Enumerable.Repeat(text, (int)Math.Max(0, count))));

    static ConfigNode Join(ConfigLocation place, ConfigList a, ConfigList b) => a.Items.Count + b.Items.Count <= MaxLength
        ? new ConfigList(place, [.. a.Items, .. b.Items])
        : TooLong(place);
}
