using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads what stands between operators: literals, names, brackets, with the calls, items and attributes after
/// them.</summary>
sealed class PythonAtom(PythonCursor cursor, PythonScope scope, PythonWork work, PythonExpression expressions)
{
    const int MaxNameLength = 200;      // of a dotted name; what is longer is no class or function

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
                value = new PythonCall(cursor, scope, work, expressions).Read(value, name);
            }
            else if (cursor.TryTake("."))
            {
                var attribute = cursor.Expect(PythonTokenKind.Name);
                name = name.Length < MaxNameLength ? $"{name}.{attribute}" : name;
                value = cursor.IsAt("(") && value is not ConfigUnknown
                    ? new PythonCall(cursor, scope, work, expressions).ReadMethod(value, attribute)
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
        ConfigUnknown { Name: { Length: < MaxNameLength } module } => new ConfigUnknown(
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
                _ => PythonFormat.Braces(part, place, expression => expressions.ReadBraced(expression, line)),
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
            var value = expressions.Read();
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
        if (new PythonComprehension(cursor, scope, work, expressions).TryRead(start, "}") is { } made) return made;
        var dict = new PythonDictBuilder(start);
        var items = new List<ConfigNode>();
        var isSet = false;
        while (!cursor.TryTake("}"))
        {
            var place = cursor.Here;
            if (cursor.TryTake("**"))
            {
                dict.AddAll(expressions.ReadWithoutCondition(), mayRepeat: true);
            }
            else if (cursor.TryTake("*"))
            {
                Spread(expressions.ReadWithoutCondition(), items);
                isSet = true;
            }
            else
            {
                var key = expressions.Read();
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
        var value = expressions.Read();
        if (PythonFormat.Str(key) is { } text) dict.Set(place, text, value);
        else dict.Spoil(key as ConfigUnknown ?? new ConfigUnknown(place, "a key that is no text"));
    }

    /// <summary>A value in parentheses, or a tuple; the first parenthesis taken.</summary>
    ConfigNode ReadParentheses(ConfigLocation start)
    {
        if (new PythonComprehension(cursor, scope, work, expressions).TryRead(start, ")") is { } made) return made;
        if (cursor.TryTake(")")) return new ConfigList(start, []);
        var items = new List<ConfigNode>();
        if (!cursor.IsAt("*"))
        {
            var first = expressions.Read();
            if (cursor.TryTake(")")) return first;
            cursor.ExpectCommaOr(")");
            items.Add(first);
        }
        ReadRest(items, ")");
        return new ConfigList(start, items);
    }

    ConfigNode ReadItems(ConfigLocation start, string end)
    {
        if (new PythonComprehension(cursor, scope, work, expressions).TryRead(start, end) is { } made) return made;
        var items = new List<ConfigNode>();
        ReadRest(items, end);
        return new ConfigList(start, items);
    }

    void ReadRest(List<ConfigNode> items, string end)
    {
        while (!cursor.TryTake(end))
        {
            if (cursor.TryTake("*")) Spread(expressions.ReadWithoutCondition(), items);
            else items.Add(expressions.Read());
            cursor.ExpectCommaOr(end);
        }
    }

    void Spread(ConfigNode value, List<ConfigNode> items)
    {
        if (PythonComprehension.Items(value) is { } more) items.AddRange(more);
        else items.Add(PythonExpression.Unknown(value));
        work.Spend(items.Count, value.Location);
    }

    ConfigNode ReadItem(ConfigNode value)
    {
        cursor.Take();
        var place = cursor.Here;
        ConfigNode? start = cursor.IsAt(":") ? null : expressions.ReadTuple();
        if (!cursor.IsAt(":"))
        {
            cursor.Expect("]");
            return PythonItems.Item(value, start!);
        }
        var parts = new List<ConfigNode?> { start };
        while (cursor.TryTake(":")) parts.Add(cursor.IsAt(":", "]", ",") ? null : expressions.Read());
        var isSimple = cursor.IsAt("]");
        while (!cursor.IsAt("]"))
        {
            if (cursor.Current.Kind is PythonTokenKind.NewLine or PythonTokenKind.End) throw cursor.NotRead();
            cursor.Take();
        }
        cursor.Take();
        return isSimple ? PythonItems.Slice(value, parts) : new ConfigUnknown(place, "this kind of index is not read");
    }
}
