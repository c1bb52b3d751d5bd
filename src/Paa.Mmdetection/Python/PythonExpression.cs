using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads expressions and computes those that consist of literals and names bound to known values.</summary>
/// <remarks>What would have to be run (calls but a few, attributes of imported things, lambdas) is <see cref="ConfigUnknown"/>,
/// and so is whatever is computed from it.</remarks>
sealed class PythonExpression(PythonCursor cursor, PythonScope scope, PythonWork work)
{
    const int MaxDepth = 64;

    int _depth;

    /// <summary>A whole expression, a condition or a lambda among them, but no tuple without parentheses.</summary>
    /// <exception cref="ConfigException">It is no Python.</exception>
    public ConfigNode Read()
    {
        Deeper();
        var place = cursor.Here;
        ConfigNode value;
        if (cursor.IsAtWord("lambda"))
        {
            cursor.Seek(EndOfItem());
            value = new ConfigUnknown(place, "a lambda is not run");
        }
        else
        {
            value = ReadOr();
            if (cursor.TryTakeWord("if"))
            {
                var condition = ReadOr();
                if (!cursor.TryTakeWord("else")) throw cursor.NotRead();
                var other = Read();
                value = Truth(condition) switch
                {
                    true => value,
                    false => other,
                    null => new ConfigUnknown(place, $"the condition depends on {Reason(condition)}"),
                };
            }
        }
        _depth--;
        return value;
    }

    /// <summary>An atom with the calls, items and attributes after it that stand before an index.</summary>
    public ConfigNode ReadUntil(int end) => new PythonAtom(cursor, scope, work, this).ReadUntil(end);

    /// <summary>An expression that an <c>if</c> ends, as in a comprehension.</summary>
    public ConfigNode ReadWithoutCondition() => ReadOr();

    /// <summary>One expression or several with commas between, which are a tuple.</summary>
    public ConfigNode ReadTuple()
    {
        var place = cursor.Here;
        var first = Read();
        if (!cursor.IsAt(",")) return first;
        var items = new List<ConfigNode> { first };
        while (cursor.TryTake(","))
        {
            if (cursor.Current.Kind is PythonTokenKind.NewLine or PythonTokenKind.End || cursor.IsAt("=", ")", "]")) break;
            items.Add(Read());
        }
        return new ConfigList(place, items);
    }

    /// <summary>Whether a value counts as true; null if it is not known.</summary>
    public static bool? Truth(ConfigNode node) => node switch
    {
        PythonScalar scalar => scalar.Value switch
        {
            null => false,
            bool flag => flag,
            long whole => whole != 0,
            double real => real != 0,
            string text => text.Length > 0,
            _ => null,
        },
        ConfigList list => list.Items.Count > 0,
        ConfigMapping dict => dict.Entries.Count > 0,
        _ => null,
    };

    int EndOfItem()
    {
        cursor.Take();                                                              // lambda
        var colon = cursor.Find(token => token is { Kind: PythonTokenKind.Symbol, Text: ":" });
        if (colon < 0) throw cursor.NotRead();
        cursor.Seek(colon + 1);
        var end = cursor.Find(token => token.Kind is PythonTokenKind.NewLine or PythonTokenKind.End
            || token is { Kind: PythonTokenKind.Symbol, Text: "," or ")" or "]" or "}" or ":" or "=" });
        return end < 0 ? throw cursor.NotRead() : end;
    }

    ConfigNode ReadOr()
    {
        var left = ReadAnd();
        while (cursor.TryTakeWord("or"))
        {
            var right = ReadAnd();
            left = Truth(left) switch { true => left, false => right, null => Unknown(left, right) };
        }
        return left;
    }

    ConfigNode ReadAnd()
    {
        var left = ReadNot();
        while (cursor.TryTakeWord("and"))
        {
            var right = ReadNot();
            left = Truth(left) switch { true => right, false => left, null => Unknown(left, right) };
        }
        return left;
    }

    ConfigNode ReadNot()
    {
        var place = cursor.Here;
        var negations = 0;
        while (cursor.TryTakeWord("not")) negations++;
        var value = ReadComparison();
        if (negations == 0) return value;
        return Truth(value) is { } truth ? new PythonScalar(place, truth ^ (negations % 2 == 1)) : Unknown(value);
    }

    ConfigNode ReadComparison()
    {
        var left = ReadBits();
        bool? holds = true;
        var isComparison = false;
        while (Comparison() is { } kind)
        {
            isComparison = true;
            var right = ReadBits();
            if (holds == true) holds = PythonComparison.Holds(kind, left, right);
            if (holds is null) return SkipComparisons(Unknown(left, right));
            left = right;
        }
        return isComparison ? new PythonScalar(left.Location, holds) : left;
    }

    ConfigUnknown SkipComparisons(ConfigUnknown result)
    {
        while (Comparison() is not null) ReadBits();
        return result;
    }

    string? Comparison()
    {
        if (cursor.IsAt("==", "!=", "<", "<=", ">", ">=")) return cursor.Take();
        if (cursor.TryTakeWord("in")) return "in";
        if (cursor.TryTakeWord("is")) return cursor.TryTakeWord("not") ? "is not" : "is";
        if (!cursor.IsAtWord("not") || cursor.Following.Text != "in") return null;
        cursor.Take();
        cursor.Take();
        return "not in";
    }

    ConfigNode ReadBits()
    {
        var left = ReadSum();
        while (cursor.IsAt("|", "&", "^", "<<", ">>")) left = PythonArithmetic.Apply(cursor.Take(), left, ReadSum());
        return left;
    }

    ConfigNode ReadSum()
    {
        var left = ReadProduct();
        while (cursor.IsAt("+", "-")) left = Apply(cursor.Take(), left, ReadProduct());
        return left;
    }

    ConfigNode ReadProduct()
    {
        var left = ReadSigned();
        while (cursor.IsAt("*", "/", "//", "%", "@")) left = Apply(cursor.Take(), left, ReadSigned());
        return left;
    }

    ConfigNode Apply(string symbol, ConfigNode left, ConfigNode right)
    {
        var result = PythonArithmetic.Apply(symbol, left, right);
        work.Spend(PythonWork.Size(result), left.Location);
        return result;
    }

    ConfigNode ReadSigned()
    {
        Deeper();
        ConfigNode value;
        if (cursor.TryTake("-"))
        {
            value = PythonArithmetic.Negate(ReadSigned());
        }
        else if (cursor.TryTake("+"))
        {
            value = ReadSigned();
        }
        else if (cursor.TryTake("~") || cursor.TryTakeWord("await"))
        {
            value = new ConfigUnknown(ReadSigned().Location, "'~' is not read");
        }
        else
        {
            value = ReadUntil(int.MaxValue);
            if (cursor.IsAt("**")) value = PythonArithmetic.Apply(cursor.Take(), value, ReadSigned());
        }
        _depth--;
        return value.Depth <= MaxDepth ? value : throw TooDeep();
    }

    void Deeper()
    {
        work.Spend(1, cursor.Here);
        if (++_depth > 2 * MaxDepth) throw TooDeep();
    }

    /// <summary>An expression in an f-string; null if it says how to show its value.</summary>
    public ConfigNode? ReadBraced(string expression, ConfigLocation place)
    {
        Deeper();
        var tokens = new PythonLexer($"({expression})", place.Source).Read();
        var inner = new PythonCursor([.. tokens.Select(token => token with { Line = place.Line })], place.Source);
        var value = new PythonExpression(inner, scope, work) { _depth = _depth }.Read();
        _depth--;
        return inner.Current.Kind == PythonTokenKind.NewLine ? value : null;
    }

    /// <summary>What is computed from values of which one is unknown.</summary>
    public static ConfigUnknown Unknown(params ReadOnlySpan<ConfigNode> nodes)
    {
        foreach (var node in nodes)
            if (node is ConfigUnknown unknown) return new ConfigUnknown(nodes[0].Location, unknown.Reason);
        return new ConfigUnknown(nodes[0].Location, "this is not computed");
    }

    static string Reason(ConfigNode node) => (node as ConfigUnknown)?.Reason ?? "what is not computed";

    ConfigException TooDeep() => new(cursor.Here, $"nested deeper than {MaxDepth} levels");
}
