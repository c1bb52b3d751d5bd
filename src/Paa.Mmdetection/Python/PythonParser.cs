using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads the statements of a configuration in Python: what they bind to names. Nothing is run.</summary>
/// <remarks>Assignments are computed as far as <see cref="PythonExpression"/> can. Other statements are skipped, and what they
/// may bind or change is unknown from there on.</remarks>
sealed class PythonParser
{
    const int MaxTargets = 100;

    readonly PythonCursor _cursor;
    readonly PythonScope _scope;
    readonly PythonExpression _expressions;
    readonly Func<PythonImport, ConfigMapping?> _readImport;

    PythonParser(PythonCursor cursor, PythonSources sources)
    {
        var work = sources.Work;
        _cursor = cursor;
        _scope = new PythonScope(sources.ReadBases, work);
        _expressions = new PythonExpression(cursor, _scope, work);
        _readImport = sources.ReadImport;
    }

    /// <summary>Reads a file.</summary>
    /// <param name="text">Its content.</param>
    /// <param name="file">Its name in error messages.</param>
    /// <param name="sources">Reads the other files that it names.</param>
    /// <exception cref="ConfigException">It is no Python, or its work or size has no bounds.</exception>
    public static PythonConfig Read(string text, string file, PythonSources sources)
    {
        var parser = new PythonParser(new PythonCursor(new PythonLexer(text, file).Read(), file), sources);
        while (parser._cursor.Current.Kind != PythonTokenKind.End) parser.ReadStatement();
        return parser._scope.Build(file);
    }

    void ReadStatement()
    {
        var first = _cursor.Current;
        if (first.Indent > 0) throw new ConfigException(_cursor.Here, "an indented line that belongs to no block");
        if (first.Kind == PythonTokenKind.Name && PythonKeywords.BeginBlock(first.Text))
        {
            if (first.Text == "with" && IsReadBase()) ReadBaseImports(first.Indent);
            else SkipBlock(first.Text);
            return;
        }
        switch (first.Kind == PythonTokenKind.Name ? first.Text : "")
        {
            case "import" or "from":
                foreach (var import in PythonImport.Read(_cursor)) Bind(import);
                break;
            case "del":
                Delete();
                break;
            case "assert" or "raise" or "pass" or "global" or "nonlocal" or "return" or "break" or "continue" or "yield":
                SkipLine();
                break;
            case "print" when _cursor.Following.Kind == PythonTokenKind.String:             // of Python 2
                SkipLine();
                break;
            default:
                if (_cursor.IsAt("@")) SkipLine();                                          // belongs to the def below
                else ReadAssignment();
                break;
        }
        _cursor.Expect(PythonTokenKind.NewLine);
    }

    void SkipLine()
    {
        while (_cursor.Current.Kind is not (PythonTokenKind.NewLine or PythonTokenKind.End)) _cursor.Take();
    }

    /// <summary><c>a = b = value</c>, <c>a += value</c>, <c>a: type = value</c>, or a value that stands alone, such as a
    /// call.</summary>
    void ReadAssignment()
    {
        var starts = new List<int> { _cursor.Position };
        while (_cursor.Find(IsAssignment) is >= 0 and var at)
        {
            _cursor.Seek(at);
            if (_cursor.IsAtWord("lambda")) break;                                          // its parameters have defaults
            var symbol = _cursor.Take();
            if (symbol != "=" && starts.Count == 1)
            {
                _cursor.Seek(starts[0]);
                ReadAugmented(at, symbol);
                return;
            }
            if (starts.Count >= MaxTargets || symbol != "=") throw _cursor.NotRead();
            starts.Add(_cursor.Position);
        }
        _cursor.Seek(starts[^1]);
        var value = _expressions.ReadTuple();
        var end = _cursor.Position;
        for (var i = 0; i < starts.Count - 1; i++)
        {
            _cursor.Seek(starts[i]);
            PythonTarget.Assign(_cursor, _scope, _expressions, starts[i + 1] - 1, value);
        }
        _cursor.Seek(end);
        if (starts.Count == 1 && _cursor.TryTake(":")) SkipLine();                          // a declaration without a value
    }

    static bool IsAssignment(PythonToken token) => token is { Kind: PythonTokenKind.Name, Text: "lambda" } or
    {
        Kind: PythonTokenKind.Symbol,
        Text: "=" or "+=" or "-=" or "*=" or "/=" or "//=" or "%=" or "**=" or "&=" or "|=" or "^=" or ">>=" or "<<=" or "@=",
    };

    /// <summary><c>a += value</c>; a list changes for all who hold it.</summary>
    void ReadAugmented(int symbolAt, string symbol)
    {
        var start = _cursor.Position;
        var isName = _cursor.Current.Kind == PythonTokenKind.Name && start + 1 == symbolAt;
        var old = _expressions.Read();
        if (_cursor.Position != symbolAt) throw _cursor.NotRead();
        _cursor.Take();
        var right = _expressions.ReadTuple();
        var end = _cursor.Position;
        var value = symbol == "+=" && old is ConfigList && PythonComprehension.Items(right) is { } items
            && right is not ConfigList
            ? PythonArithmetic.Apply("+", old, new ConfigList(right.Location, items))
            : PythonArithmetic.Apply(symbol[..^1], old, right);
        if (old is ConfigList && symbol == "+=" && value is not ConfigUnknown) _scope.Replace(old, value);
        else if (old is ConfigList or ConfigMapping) _scope.Forget(old, $"'{symbol}' changes it");
        _cursor.Seek(start);
        if (isName || old is ConfigUnknown) PythonTarget.Assign(_cursor, _scope, _expressions, symbolAt, value);
        else if (old is not ConfigList) PythonTarget.Assign(_cursor, _scope, _expressions, symbolAt, value);
        _cursor.Seek(end);
    }

    /// <summary><c>del a</c>, <c>del a['b']</c>.</summary>
    void Delete()
    {
        _cursor.Take();
        while (true)
        {
            var end = _cursor.Find(token =>
                token.Kind == PythonTokenKind.NewLine || token is { Kind: PythonTokenKind.Symbol, Text: "," });
            if (end < 0) throw _cursor.NotRead();
            PythonTarget.Delete(_cursor, _scope, _expressions, end);
            _cursor.Seek(end);
            if (!_cursor.TryTake(",")) return;
        }
    }

    void Bind(PythonImport import)
    {
        if (import.Names.Count == 0)
        {
            _scope.BindHelper(import.BoundModule, new ConfigUnknown(import.Place,
                $"'{PythonLexer.Shorten(import.BoundModule)}' is imported, and imports are not read", import.ReferredModule));
            return;
        }
        foreach (var (name, alias) in import.Names)
            _scope.BindHelper(alias, new ConfigUnknown(import.Place,
                $"'{PythonLexer.Shorten(alias)}' is imported, and imports are not read",
                    $"{import.Module.TrimStart('.')}.{name}"));
    }

    /// <summary><c>with read_base():</c></summary>
    bool IsReadBase()
    {
        var start = _cursor.Position;
        var words = new List<string>();
        for (; words.Count < 5; _cursor.Take()) words.Add(_cursor.Current.Text);
        _cursor.Seek(start);
        return words is ["with", "read_base", "(", ")", ":"];
    }

    /// <summary>The imports of other configurations, whose names are bound here.</summary>
    void ReadBaseImports(int indent)
    {
        for (var i = 0; i < 5; i++) _cursor.Take();
        if (_cursor.Current.Kind == PythonTokenKind.NewLine) _cursor.Take();
        while (_cursor.Current.Kind != PythonTokenKind.End
            && (_cursor.Current.Indent > Math.Max(0, indent) || _cursor.Current.Indent == PythonToken.WithinLine))
        {
            var place = _cursor.Here;
            if (_cursor.TryTakeWord("pass"))
            {
                _cursor.Expect(PythonTokenKind.NewLine);
                continue;
            }
            if (!_cursor.IsAtWord("from") && !_cursor.IsAtWord("import"))
                throw new ConfigException(place,
                    $"{_cursor.Current.Description} under 'with read_base()': only imports stand there");
            foreach (var import in PythonImport.Read(_cursor))
            {
                if (_readImport(import) is not { } tree) throw new ConfigException(place, import.NotFound);
                _scope.Import(import.IsAll
                    ? tree.Entries.Where(entry => !entry.Key.StartsWith('_'))
                    : import.Names.Select(one => tree.Entries.TryGetValue(one.Name, out var entry)
                        ? KeyValuePair.Create(one.Alias, entry)
                        : throw new ConfigException(place, $"'{import.Module}' binds no '{PythonLexer.Shorten(one.Name)}'")));
            }
            _cursor.Expect(PythonTokenKind.NewLine);
        }
    }

    /// <summary>Skips a condition, a loop, a function or a class; what it may bind or change is unknown from here on.</summary>
    void SkipBlock(string keyword)
    {
        var start = _cursor.Position;
        var place = _cursor.Here;
        _cursor.SkipBlock(Math.Max(0, _cursor.Current.Indent));
        var end = _cursor.Position;
        _cursor.Seek(start);
        PythonToken[] words = [.. _cursor.Until(end)];
        _cursor.Seek(end);
        var reason = $"it depends on the '{keyword}' in line {place.Line}, which is not run";
        foreach (var name in PythonEffects.Changed(words))
            if (_scope.Has(name)) _scope.Forget(_scope.Value(name, place), reason);
        foreach (var name in PythonEffects.Bound(words))
        {
            if (keyword is "def" or "class" or "async") _scope.BindHelper(name, new ConfigUnknown(place, reason));
            else if (name != PythonScope.BaseName) _scope.Bind(name, new ConfigUnknown(place, reason), place);
            else throw new ConfigException(place,
                $"{PythonScope.BaseName} stands under '{keyword}', which is not run; write it outside");
        }
    }
}

/// <summary>Reads the other files that a configuration names.</summary>
/// <param name="ReadBases">Those of <c>_base_</c>, merged.</param>
/// <param name="ReadImport">One of <c>with read_base()</c>; null if there is no such file.</param>
sealed record PythonSources(Func<ConfigNode, ConfigMapping> ReadBases, Func<PythonImport, ConfigMapping?> ReadImport)
{
    /// <summary>What may still be done, all files together.</summary>
    public PythonWork Work { get; init; } = new();
}
