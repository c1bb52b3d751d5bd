using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads the literal part of Python: assignments of dicts, lists, texts, numbers and names bound before.</summary>
/// <remarks>
/// Nothing is run. What MMDetection's configurations need beyond Python's literals is <c>dict(...)</c>, <c>**name</c> inside one,
/// arithmetic of literals, and <c>{{_base_.name}}</c> or <c>_base_.name</c> for a value of a base file.
/// </remarks>
sealed class PythonParser
{
    const int MaxDepth = 64;

    readonly PythonCursor _cursor;
    readonly PythonScope _scope;
    int _depth;

    PythonParser(PythonCursor cursor, PythonScope scope) => (_cursor, _scope) = (cursor, scope);

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <param name="readBases">Reads the files that the value of <c>_base_</c> names, merged.</param>
    /// <exception cref="ConfigException">Something is not read, or no Python.</exception>
    public static PythonConfig Read(string text, string file, Func<ConfigNode, ConfigMapping> readBases)
    {
        var scope = new PythonScope(readBases);
        var parser = new PythonParser(new PythonCursor(new PythonLexer(text, file).Read(), file), scope);
        while (parser._cursor.Current.Kind != PythonTokenKind.End) parser.ReadStatement();
        return scope.Build(file);
    }

    void ReadStatement()
    {
        var place = _cursor.Here;
        if (_cursor.Current.Kind == PythonTokenKind.String)             // a text that stands alone is a comment
        {
            _cursor.Take();
        }
        else
        {
            if (PythonKeywords.Reason(_cursor.Current.Text) is not null) throw _cursor.NotRead();
            var name = _cursor.Expect(PythonTokenKind.Name);
            if (!_cursor.TryTake("="))
                throw new ConfigException(place, $"expected '=' after '{PythonLexer.Shorten(name)}', got "
                    + $"{_cursor.Current.Description}: only assignments of whole values are read");
            _scope.Bind(name, ReadExpression(), place);
        }
        _cursor.Expect(PythonTokenKind.NewLine);
    }

    ConfigNode ReadExpression()
    {
        var left = ReadProduct();
        while (_cursor.IsAt("+", "-")) left = PythonArithmetic.Apply(_cursor.Take(), left, ReadProduct());
        return left;
    }

    ConfigNode ReadProduct()
    {
        var left = ReadSigned();
        while (_cursor.IsAt("*", "/", "//", "%")) left = PythonArithmetic.Apply(_cursor.Take(), left, ReadSigned());
        return left;
    }

    ConfigNode ReadSigned()
    {
        if (++_depth > MaxDepth) throw TooDeep();
        ConfigNode value;
        if (_cursor.TryTake("-"))
        {
            value = PythonArithmetic.Negate(ReadSigned());
        }
        else if (_cursor.TryTake("+"))
        {
            value = ReadSigned();
        }
        else
        {
            value = ReadPostfix();
            if (_cursor.IsAt("**")) value = PythonArithmetic.Apply(_cursor.Take(), value, ReadSigned());
        }
        _depth--;
        return value.Depth <= MaxDepth ? value : throw TooDeep();
    }

    ConfigNode ReadPostfix()
    {
        var value = ReadAtom();
        while (_cursor.TryTake("["))
        {
            value = Item(value, ReadExpression());
            _cursor.Expect("]");
        }
        return _cursor.IsAt("(", ".") ? throw _cursor.NotRead() : value;
    }

    ConfigNode ReadAtom()
    {
        var place = _cursor.Here;
        switch (_cursor.Current.Kind)
        {
            case PythonTokenKind.Number: return new PythonScalar(place, PythonNumber.Parse(_cursor.Take(), place));
            case PythonTokenKind.String: return new PythonScalar(place, ReadStrings());
            case PythonTokenKind.Name: return ReadName();
        }
        if (_cursor.TryTake("[")) return new ConfigList(place, ReadItems("]"));
        if (_cursor.TryTake("(")) return ReadParentheses(place);
        if (!_cursor.TryTake("{")) throw _cursor.NotRead();
        return _cursor.TryTake("{") ? ReadDoubleBraces() : ReadDict(place);
    }

    /// <summary>Neighbouring strings are one.</summary>
    string ReadStrings()
    {
        var place = _cursor.Here;
        var parts = new List<string>();
        while (_cursor.Current.Kind == PythonTokenKind.String) parts.Add(_cursor.Take());
        var text = string.Concat(parts);
        return text.Contains("{{", StringComparison.Ordinal) ? throw Replaced(place, text) : text;
    }

    ConfigNode ReadName()
    {
        var place = _cursor.Here;
        var name = _cursor.Current.Text;
        switch (name)
        {
            case "True" or "False" or "None":
                _cursor.Take();
                return new PythonScalar(place, name == "None" ? null : name == "True");
            case "dict" when _cursor.Following is { Kind: PythonTokenKind.Symbol, Text: "(" }:
                return ReadDictCall();
            case PythonScope.BaseName:
                return ReadBaseValue();
        }
        if (PythonKeywords.Reason(name) is not null) throw _cursor.NotRead();
        if (_cursor.Following is { Kind: PythonTokenKind.Symbol, Text: "(" or "." } next)
            throw new ConfigException(place, $"'{PythonLexer.Shorten(name)}{next.Text}': only dict(...) is read, nothing is run");
        return _scope.Value(_cursor.Take(), place);
    }

    /// <summary><c>_base_.model.backbone</c>.</summary>
    ConfigNode ReadBaseValue()
    {
        var place = _cursor.Here;
        _cursor.Take();
        var path = new List<string>();
        do
        {
            _cursor.Expect(".");
            path.Add(_cursor.Expect(PythonTokenKind.Name));
        }
        while (_cursor.IsAt("."));
        return _scope.BaseValue(path, place);
    }

    /// <summary><c>dict(a=1, **b)</c>.</summary>
    ConfigMapping ReadDictCall()
    {
        var dict = new PythonDictBuilder(_cursor.Here);
        _cursor.Take();
        _cursor.Expect("(");
        while (!_cursor.TryTake(")"))
        {
            var place = _cursor.Here;
            if (_cursor.TryTake("**"))
            {
                dict.AddAll(ReadExpression());
            }
            else
            {
                var key = _cursor.Expect(PythonTokenKind.Name);
                _cursor.Expect("=");
                dict.Add(place, key, ReadExpression());
            }
            _cursor.ExpectCommaOr(")");
        }
        return dict.Build();
    }

    /// <summary><c>{'a': 1, **b}</c>, its first brace taken.</summary>
    ConfigMapping ReadDict(ConfigLocation start)
    {
        var dict = new PythonDictBuilder(start);
        while (!_cursor.TryTake("}"))
        {
            var place = _cursor.Here;
            if (_cursor.TryTake("**"))
            {
                dict.AddAll(ReadExpression());
            }
            else
            {
                if (ReadExpression() is not PythonScalar { Value: string key })
                    throw new ConfigException(place, "a key of a dict that is no text");
                _cursor.Expect(":");
                dict.Add(place, key, ReadExpression());
            }
            _cursor.ExpectCommaOr("}");
        }
        return dict.Build();
    }

    /// <summary><c>{{_base_.name}}</c>, its first braces taken.</summary>
    ConfigNode ReadDoubleBraces()
    {
        if (_cursor.Current.Text != PythonScope.BaseName) throw Replaced(_cursor.Here, $"{{{{{_cursor.Current.Text}}}}}");
        var value = ReadBaseValue();
        _cursor.Expect("}");
        _cursor.Expect("}");
        return value;
    }

    /// <summary>A value in parentheses, or a tuple; the first parenthesis taken.</summary>
    ConfigNode ReadParentheses(ConfigLocation start)
    {
        if (_cursor.TryTake(")")) return new ConfigList(start, []);
        var first = ReadExpression();
        if (_cursor.TryTake(")")) return first;
        _cursor.ExpectCommaOr(")");
        return new ConfigList(start, [first, .. ReadItems(")")]);
    }

    List<ConfigNode> ReadItems(string end)
    {
        var items = new List<ConfigNode>();
        while (!_cursor.TryTake(end))
        {
            items.Add(ReadExpression());
            _cursor.ExpectCommaOr(end);
        }
        return items;
    }

    static ConfigNode Item(ConfigNode value, ConfigNode index) => (value, index) switch
    {
        (ConfigMapping dict, PythonScalar { Value: string key }) when dict.Entries.TryGetValue(key, out var entry) => entry.Value,
        (ConfigList list, PythonScalar { Value: long at }) when at < list.Items.Count && at >= -list.Items.Count =>
            list.Items[(int)(at < 0 ? at + list.Items.Count : at)],
        _ => throw new ConfigException(
            index.Location, $"{PythonArithmetic.Describe(value)} has no item {PythonArithmetic.Describe(index)}"),
    };

    static ConfigException Replaced(ConfigLocation place, string text) => new(place,
        $"'{PythonLexer.Shorten(text)}': MMDetection replaces what stands in double braces when it loads the file; write the "
        + $"value itself (only {{{{{PythonScope.BaseName}.NAME}}}}, outside of a text, is read)");

    ConfigException TooDeep() => new(_cursor.Here, $"nested deeper than {MaxDepth} levels");
}
