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
        var size = (result as ConfigList)?.Items.Count ?? ((result as ConfigScalar)?.Text?.Length ?? 0) / 16;
        work.Spend(size, left.Location);
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
            value = ReadPostfix();
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

    /// <summary>An atom with the calls, items and attributes after it.</summary>
    ConfigNode ReadPostfix() => ReadUntil(int.MaxValue);

    /// <summary>An atom with the calls, items and attributes after it that stand before an index.</summary>
    public ConfigNode ReadUntil(int end)
    {
        var name = cursor.Current.Kind == PythonTokenKind.Name ? cursor.Current.Text : "";
        var value = ReadAtom();
        while (cursor.Position < end)
        {
            if (cursor.IsAt("["))
            {
                value = ReadItem(value);
            }
            else if (cursor.IsAt("("))
            {
                value = new PythonCall(cursor, scope, work, this).Read(value, name);
            }
            else if (cursor.TryTake("."))
            {
                var attribute = cursor.Expect(PythonTokenKind.Name);
                name = $"{name}.{attribute}";
                value = cursor.IsAt("(") && value is not ConfigUnknown
                    ? new PythonCall(cursor, scope, work, this).ReadMethod(value, attribute)
                    : Attribute(value, attribute, name);
            }
            else
            {
                break;
            }
        }
        return value;
    }

    /// <summary>mmengine's dicts give their keys as attributes, too.</summary>
    static ConfigNode Attribute(ConfigNode value, string attribute, string name) => value switch
    {
        ConfigUnknown { Name: { } module } => new ConfigUnknown(
            value.Location, $"'{PythonLexer.Shorten(name)}' is not read", $"{module}.{attribute}"),
        ConfigUnknown => value,
        ConfigMapping dict when dict.Entries.TryGetValue(attribute, out var entry) => entry.Value,
        _ => new ConfigUnknown(value.Location, $"the attribute '{PythonLexer.Shorten(name)}' is not read"),
    };

    ConfigNode ReadAtom()
    {
        var place = cursor.Here;
        switch (cursor.Current.Kind)
        {
            case PythonTokenKind.Number: return PythonNumber.Parse(cursor.Take(), place);
            case PythonTokenKind.String or PythonTokenKind.FormatString or PythonTokenKind.Bytes: return ReadStrings();
            case PythonTokenKind.Name: return ReadName();
        }
        if (cursor.TryTake("...")) return new ConfigUnknown(place, "'...' stands for something");
        if (cursor.TryTake("[")) return ReadItems(place, "]");
        if (cursor.TryTake("(")) return ReadParentheses(place);
        if (!cursor.TryTake("{")) throw cursor.NotRead();
        return cursor.IsAt("{") && cursor.Following.Kind == PythonTokenKind.Name ? ReadDoubleBraces() : ReadBraces(place);
    }

    /// <summary>Neighbouring strings are one.</summary>
    ConfigNode ReadStrings()
    {
        var place = cursor.Here;
        ConfigNode? text = null;
        while (cursor.Current.Kind is PythonTokenKind.String or PythonTokenKind.FormatString or PythonTokenKind.Bytes)
        {
            var (kind, line) = (cursor.Current.Kind, cursor.Here);
            var part = cursor.Take();
            ConfigNode value = kind switch
            {
                PythonTokenKind.String => ReadTemplate(part, place),
                PythonTokenKind.Bytes => new ConfigUnknown(place, "bytes are not read"),
                _ => PythonFormat.Braces(part, place, expression => ReadBraced(expression, line)),
            };
            text = text is null ? value : PythonArithmetic.Apply("+", text, value);
        }
        return text!;
    }

    /// <summary>mmcv puts values of the base files in place of <c>{{_base_.name}}</c>, in texts, too.</summary>
    ConfigNode ReadTemplate(string text, ConfigLocation place) =>
        text.Contains("{{", StringComparison.Ordinal) && PythonTemplates.BaseVariable().IsMatch(text)
            ? PythonTemplates.Insert(text, place, path => scope.BaseValue(path, place))
            : new PythonScalar(place, text);

    ConfigNode? ReadBraced(string expression, ConfigLocation place)
    {
        Deeper();
        var tokens = new PythonLexer($"({expression})", place.Source).Read();
        var inner = new PythonCursor([.. tokens.Select(token => token with { Line = place.Line })], place.Source);
        var value = new PythonExpression(inner, scope, work) { _depth = _depth }.Read();
        _depth--;
        return inner.Current.Kind == PythonTokenKind.NewLine ? value : null;
    }

    ConfigNode ReadName()
    {
        var place = cursor.Here;
        var name = cursor.Current.Text;
        if (name is "True" or "False" or "None")
        {
            cursor.Take();
            return new PythonScalar(place, name == "None" ? null : name == "True");
        }
        if (PythonKeywords.Contains(name)) throw cursor.NotRead();
        cursor.Take();
        if (name == PythonScope.BaseName && cursor.IsAt(".")) return ReadBaseValue(place);
        if (cursor.TryTake(":="))
        {
            var value = Read();
            scope.Bind(name, value, place);
            return value;
        }
        return cursor.IsAt("(") && !scope.Has(name) && PythonFunctions.Exists(name)
            ? new ConfigUnknown(place, $"'{name}' is a function", name)
            : scope.Value(name, place);
    }

    /// <summary><c>_base_.model.backbone</c>, its first name taken.</summary>
    ConfigNode ReadBaseValue(ConfigLocation place)
    {
        var path = new List<string>();
        while (cursor.IsAt("."))
        {
            var before = cursor.Position;
            cursor.Take();
            path.Add(cursor.Expect(PythonTokenKind.Name));
            if (path.Count < 2 || !cursor.IsAt("(")) continue;
            cursor.Seek(before);                                                    // the name of a method
            path.RemoveAt(path.Count - 1);
            break;
        }
        return scope.BaseValue(path, place);
    }

    /// <summary><c>{{_base_.name}}</c>, its first brace taken.</summary>
    ConfigNode ReadDoubleBraces()
    {
        cursor.Take();
        var place = cursor.Here;
        var name = cursor.Take();
        var value = name == PythonScope.BaseName
            ? ReadBaseValue(place)
            : new ConfigUnknown(place, $"{{{{{name}}}}} is not known");
        cursor.Expect("}");
        cursor.Expect("}");
        return value;
    }

    ConfigNode ReadBraces(ConfigLocation start)
    {
        if (new PythonComprehension(cursor, scope, work, this).TryRead(start, "}") is { } made) return made;
        var dict = new PythonDictBuilder(start);
        var items = new List<ConfigNode>();
        var isSet = false;
        while (!cursor.TryTake("}"))
        {
            var place = cursor.Here;
            if (cursor.TryTake("**"))
            {
                dict.AddAll(ReadOr(), mayRepeat: true);
            }
            else if (cursor.TryTake("*"))
            {
                Spread(ReadOr(), items);
                isSet = true;
            }
            else
            {
                var key = Read();
                isSet |= !cursor.IsAt(":");
                if (isSet) items.Add(key);
                else SetKey(dict, place, key);
            }
            cursor.ExpectCommaOr("}");
        }
        return isSet ? new ConfigList(start, [.. items.DistinctBy(PythonComparison.Identity)]) : dict.Build();
    }

    void SetKey(PythonDictBuilder dict, ConfigLocation place, ConfigNode key)
    {
        cursor.Expect(":");
        var value = Read();
        if (PythonFormat.Str(key) is { } text) dict.Set(place, text, value);
        else dict.Spoil(key as ConfigUnknown ?? new ConfigUnknown(place, "a key that is no text"));
    }

    /// <summary>A value in parentheses, or a tuple; the first parenthesis taken.</summary>
    ConfigNode ReadParentheses(ConfigLocation start)
    {
        if (new PythonComprehension(cursor, scope, work, this).TryRead(start, ")") is { } made) return made;
        if (cursor.TryTake(")")) return new ConfigList(start, []);
        var items = new List<ConfigNode>();
        if (!cursor.IsAt("*"))
        {
            var first = Read();
            if (cursor.TryTake(")")) return first;
            cursor.ExpectCommaOr(")");
            items.Add(first);
        }
        ReadRest(items, ")");
        return new ConfigList(start, items);
    }

    ConfigNode ReadItems(ConfigLocation start, string end)
    {
        if (new PythonComprehension(cursor, scope, work, this).TryRead(start, end) is { } made) return made;
        var items = new List<ConfigNode>();
        ReadRest(items, end);
        return new ConfigList(start, items);
    }

    void ReadRest(List<ConfigNode> items, string end)
    {
        while (!cursor.TryTake(end))
        {
            if (cursor.TryTake("*")) Spread(ReadOr(), items);
            else items.Add(Read());
            cursor.ExpectCommaOr(end);
        }
    }

    void Spread(ConfigNode value, List<ConfigNode> items)
    {
        if (PythonComprehension.Items(value) is { } more) items.AddRange(more);
        else items.Add(Unknown(value));
        work.Spend(items.Count, value.Location);
    }

    ConfigNode ReadItem(ConfigNode value)
    {
        cursor.Take();
        var place = cursor.Here;
        ConfigNode? start = cursor.IsAt(":") ? null : ReadTuple();
        if (!cursor.IsAt(":"))
        {
            cursor.Expect("]");
            return PythonItems.Item(value, start!);
        }
        var parts = new List<ConfigNode?> { start };
        while (cursor.TryTake(":")) parts.Add(cursor.IsAt(":", "]", ",") ? null : Read());
        var isSimple = cursor.IsAt("]");
        while (!cursor.IsAt("]"))
        {
            if (cursor.Current.Kind is PythonTokenKind.NewLine or PythonTokenKind.End) throw cursor.NotRead();
            cursor.Take();
        }
        cursor.Take();
        return isSimple ? PythonItems.Slice(value, parts) : new ConfigUnknown(place, "this kind of index is not read");
    }

    static ConfigUnknown Unknown(params ReadOnlySpan<ConfigNode> nodes)
    {
        foreach (var node in nodes)
            if (node is ConfigUnknown unknown) return new ConfigUnknown(nodes[0].Location, unknown.Reason);
        return new ConfigUnknown(nodes[0].Location, "this is not computed");
    }

    static string Reason(ConfigNode node) => (node as ConfigUnknown)?.Reason ?? "what is not computed";

    ConfigException TooDeep() => new(cursor.Here, $"nested deeper than {MaxDepth} levels");
}
