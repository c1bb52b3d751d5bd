using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads a call. A few functions and methods whose result is plain are computed; the others are not run.</summary>
sealed class PythonCall(PythonCursor cursor, PythonScope scope, PythonWork work, PythonExpression expressions)
{
    readonly List<ConfigNode> _arguments = [];
    readonly List<(ConfigLocation Place, string Key, ConfigNode Value)> _named = [];
    ConfigUnknown? _unknown;

    /// <summary>The call of a function, from its parenthesis on.</summary>
    /// <param name="function">What its name is bound to.</param>
    /// <param name="shownName">Its name as it is written.</param>
    public ConfigNode Read(ConfigNode function, string shownName)
    {
        var place = cursor.Here;
        ReadArguments();
        var name = (function as ConfigUnknown)?.Name;
        if (name is not null && PythonFunctions.Exists(name))
        {
            if (_unknown is not null) return new ConfigUnknown(place, _unknown.Reason);
            if (name == "dict") return Dict(place);
            if (PythonFunctions.Call(name, _arguments, _named.Count == 0, place, work) is { } known) return known;
            return new ConfigUnknown(place, ConfigUnknown.In([.. _arguments])?.Reason ?? NotRun(shownName));
        }
        foreach (var argument in (IEnumerable<ConfigNode>)[.. _arguments, .. _named.Select(one => one.Value)])
            if (!PythonFunctions.OnlyLooks(name)) scope.Forget(argument, $"{NotRun(shownName)}, and may change it");
        return new ConfigUnknown(place, NotRun(shownName));
    }

    /// <summary>The call of a method of a known value, from its parenthesis on.</summary>
    /// <param name="value">The value.</param>
    /// <param name="method">The method's name.</param>
    public ConfigNode ReadMethod(ConfigNode value, string method)
    {
        var place = cursor.Here;
        ReadArguments();
        if (_unknown is null && Changed(value, method) is { } change)
        {
            scope.Replace(value, change.Value);
            return change.Result;
        }
        if (method == "format" && value is PythonScalar { Value: string format } && _unknown is null)
            return PythonFormat.Braces(format, place, Argument());
        if (_unknown is null && _named.Count == 0 && PythonMethods.Call(value, method, _arguments) is { } known)
        {
            work.Spend(known is ConfigList list ? list.Items.Count : 1, place);
            return known;
        }
        if (!PythonMethods.OnlyLooks(method)) scope.Forget(value, $"{NotRun("." + method)}, and may change it");
        return new ConfigUnknown(place, ConfigUnknown.In([.. _arguments])?.Reason ?? NotRun("." + method));
    }

    static string NotRun(string name) => $"the call {PythonLexer.Shorten(name)}(...) is not run";

    ConfigNode Dict(ConfigLocation place)
    {
        var dict = new PythonDictBuilder(place);
        foreach (var argument in _arguments)
        {
            if (argument is ConfigList pairs
                && pairs.Items.All(pair => pair is ConfigList { Items: [PythonScalar { Value: string }, _] }))
                foreach (var pair in pairs.Items.Cast<ConfigList>())
                    dict.Set(pair.Location, (string)((PythonScalar)pair.Items[0]).Value!, pair.Items[1]);
            else dict.AddAll(argument, mayRepeat: true);
        }
        foreach (var (keyPlace, key, value) in _named)
        {
            if (key.Length == 0) dict.AddAll(value, mayRepeat: false);
            else dict.Add(keyPlace, key, value);
        }
        return dict.Build();
    }

    Func<string, ConfigNode?> Argument()
    {
        var next = 0;
        return field =>
        {
            if (field.Length == 0) return next < _arguments.Count ? _arguments[next++] : null;
            if (int.TryParse(field, out var index)) return index >= 0 && index < _arguments.Count ? _arguments[index] : null;
            return _named.Find(one => one.Key == field).Value;
        };
    }

    /// <summary>What a method makes of a dict or list, and what it gives back; null if it is none of those that are
    /// done.</summary>
    (ConfigNode Value, ConfigNode Result)? Changed(ConfigNode value, string method)
    {
        var nothing = new PythonScalar(value.Location, null);
        switch (value, method, _arguments)
        {
            case (ConfigMapping dict, "update", []) when _named.TrueForAll(one => one.Key.Length > 0):
                return (Updated(dict, []), nothing);
            case (ConfigMapping dict, "update", [ConfigMapping more]) when _named.TrueForAll(one => one.Key.Length > 0):
                return (Updated(dict, more.Entries), nothing);
            case (ConfigMapping dict, "pop", [PythonScalar { Value: string key }, ..]) when dict.Entries.ContainsKey(key):
                return (dict.Without(key), dict.Entries[key].Value);
            case (ConfigMapping dict, "setdefault", [PythonScalar { Value: string key }, var missing]):
                return dict.Entries.TryGetValue(key, out var there)
                    ? (dict, there.Value)
                    : (PythonChange.With(dict, key, missing), missing);
            case (ConfigList list, "append", [var item]):
                return (Grown(list, [.. list.Items, item]), nothing);
            case (ConfigList list, "extend", [var more]) when PythonComprehension.Items(more) is { } items:
                return (Grown(list, [.. list.Items, .. items]), nothing);
            case (ConfigList list, "insert", [PythonScalar { Value: long at }, var item]):
                var position = (int)Math.Clamp(at < 0 ? at + list.Items.Count : at, 0, list.Items.Count);
                return (Grown(list, [.. list.Items.Take(position), item, .. list.Items.Skip(position)]), nothing);
            case (ConfigList list, "pop", []) when list.Items.Count > 0:
                return (Grown(list, [.. list.Items.SkipLast(1)]), list.Items[^1]);
            case (ConfigList list, "pop", [PythonScalar { Value: long at }]) when PythonItems.IsWithin(at, list.Items.Count):
                var removed = PythonItems.Position(at, list.Items.Count);
                return (Grown(list, [.. list.Items.Where((_, i) => i != removed)]), list.Items[removed]);
            default:
                return null;
        }
    }

    /// <summary>The dict with more keys; mmengine's own dicts, which pure Python configurations consist of, are merged.</summary>
    ConfigNode Updated(ConfigMapping dict, IEnumerable<KeyValuePair<string, ConfigEntry>> more)
    {
        var upper = new OrderedDictionary<string, ConfigEntry>();
        foreach (var (key, entry) in more) upper[key] = entry;
        foreach (var (place, key, value) in _named) upper[key] = new ConfigEntry(place, value);
        if (scope.MergesUpdates) return MmcvMerge.Lay(new ConfigMapping(dict.Location, upper), dict);
        var merged = new OrderedDictionary<string, ConfigEntry>(dict.Entries);
        foreach (var (key, entry) in upper) merged[key] = entry;
        return new ConfigMapping(dict.Location, merged, dict.Replaces);
    }

    ConfigNode Grown(ConfigList list, ConfigNode[] items)
    {
        work.Spend(items.Length, list.Location);
        return items.Length <= PythonArithmetic.MaxLength
            ? new ConfigList(list.Location, items)
            : PythonArithmetic.TooLong(list.Location);
    }

    void ReadArguments()
    {
        var start = cursor.Here;
        cursor.Expect("(");
        if (new PythonComprehension(cursor, scope, work, expressions).TryRead(start, ")") is { } made)
        {
            _arguments.Add(made);
            return;
        }
        while (!cursor.TryTake(")"))
        {
            var place = cursor.Here;
            if (cursor.TryTake("**"))
            {
                _named.Add((place, "", expressions.Read()));
            }
            else if (cursor.TryTake("*"))
            {
                var spread = expressions.Read();
                if (PythonComprehension.Items(spread) is { } items) _arguments.AddRange(items);
                else _unknown ??= spread as ConfigUnknown ?? new ConfigUnknown(place, "what '*' spreads is not known");
            }
            else if (cursor.Current.Kind == PythonTokenKind.Name
                && cursor.Following is { Kind: PythonTokenKind.Symbol, Text: "=" })
            {
                var key = cursor.Take();
                cursor.Expect("=");
                _named.Add((place, key, expressions.Read()));
            }
            else
            {
                _arguments.Add(expressions.Read());
            }
            cursor.ExpectCommaOr(")");
        }
        work.Spend(_arguments.Count, start);
    }
}

/// <summary>Functions that are computed.</summary>
static class PythonFunctions
{
    const int MaxItems = 1000;

    static readonly HashSet<string> Known =
    [
        "dict", "list", "tuple", "set", "frozenset", "sorted", "reversed", "range", "len", "str", "int", "float", "bool", "abs",
        "min", "max", "sum", "round", "enumerate", "zip", "os.path.join", "os.path.basename", "os.path.dirname", "copy.copy",
        "copy.deepcopy", "collections.OrderedDict",
    ];

    static readonly HashSet<string> Lookers =
        ["print", "isinstance", "type", "repr", "id", "hasattr", "getattr", "any", "all", "map", "filter"];

    /// <summary>Whether a function of this dotted name is one of them.</summary>
    public static bool Exists(string name) => Known.Contains(name) || Lookers.Contains(name);

    /// <summary>Whether a function changes nothing.</summary>
    public static bool OnlyLooks(string? name) => name is not null && Exists(name);

    /// <summary>The result; null if it is not computed.</summary>
    /// <param name="name">Its dotted name.</param>
    /// <param name="arguments">Those without a name.</param>
    /// <param name="isPlain">Whether there are no others.</param>
    /// <param name="place">Where the call stands.</param>
    /// <param name="work">What may still be done.</param>
    public static ConfigNode? Call(
        string name, IReadOnlyList<ConfigNode> arguments, bool isPlain, ConfigLocation place, PythonWork work)
    {
        if (!isPlain || Lookers.Contains(name)) return null;
        var result = Call(name, arguments, place);
        if (result is ConfigList list) work.Spend(list.Items.Count, place);
        return result;
    }

    static ConfigNode? Call(string name, IReadOnlyList<ConfigNode> arguments, ConfigLocation place)
    {
        var only = arguments.Count == 1 ? arguments[0] : null;
        var items = only is null or ConfigUnknown ? null : PythonComprehension.Items(only);
        switch (name)
        {
            case "list" or "tuple" or "set" or "frozenset" when arguments.Count == 0:
                return new ConfigList(place, []);
            case "list" or "tuple":
                return items is null ? null : new ConfigList(place, items);
            case "set" or "frozenset":
                return items is null ? null : new ConfigList(place, [.. items.DistinctBy(PythonComparison.Identity)]);
            case "reversed":
                return items is null ? null : new ConfigList(place, [.. items.Reverse()]);
            case "sorted":
                return items is null ? null : Sorted(items, place);
            case "enumerate":
                return items is null ? null
                    : new ConfigList(place,
                        [.. items.Select((item, i) => new ConfigList(place, [new PythonScalar(place, (long)i), item]))]);
            case "len":
                return items is null ? null : new PythonScalar(place, (long)items.Count);
            case "range":
                return Range(arguments, place);
            case "zip":
                return Zip(arguments, place);
            case "os.path.join":
                return arguments.Count > 0 && arguments.All(part => part is PythonScalar { Value: string })
                    ? PythonArithmetic.Text(place, Join(arguments.Select(part => (string)((PythonScalar)part).Value!)))
                    : null;
            case "os.path.basename" or "os.path.dirname":
                if (only is not PythonScalar { Value: string path }) return null;
                var slash = path.LastIndexOf('/');
                var folder = path[..Math.Max(slash, slash == 0 ? 1 : 0)];
                return new PythonScalar(place, name == "os.path.basename" ? path[(slash + 1)..] : folder);
            case "copy.copy" or "collections.OrderedDict":
                return only is null or ConfigUnknown ? null : PythonChange.Copy(only);
            case "copy.deepcopy":
                return only is null or ConfigUnknown ? null : PythonChange.DeepCopy(only);
            default:
                return Number(name, arguments, items, place);
        }
    }

    static ConfigNode? Number(
        string name, IReadOnlyList<ConfigNode> arguments, IReadOnlyList<ConfigNode>? items, ConfigLocation place)
    {
        var only = arguments.Count == 1 ? arguments[0] : null;
        switch (name)
        {
            case "str": return only is not null && PythonFormat.Str(only) is { } text ? new PythonScalar(place, text) : null;
            case "bool":
                return only is not null && PythonExpression.Truth(only) is { } truth ? new PythonScalar(place, truth) : null;
            case "int" or "float" or "abs" or "round":
                if (only is null || PythonArithmetic.Number(only) is not { } number) return null;
                return name switch
                {
                    "float" => new PythonScalar(place, number),
                    "abs" when only is PythonScalar { Value: long and > long.MinValue and var whole } =>
                        new PythonScalar(place, Math.Abs(whole)),
                    "abs" => new PythonScalar(place, Math.Abs(number)),
                    _ when Math.Abs(number) > long.MaxValue / 2 => null,
                    "int" => new PythonScalar(place, (long)number),
                    _ => new PythonScalar(place, (long)Math.Round(number, MidpointRounding.ToEven)),
                };
            case "sum":
                ConfigNode zero = new PythonScalar(place, 0L);
                return items?.Aggregate(zero, (sum, item) => PythonArithmetic.Apply("+", sum, item));
            case "min" or "max":
                var all = arguments.Count > 1 ? arguments : items;
                if (all is not { Count: > 0 } || all.Any(one => PythonArithmetic.Number(one) is null)) return null;
                return name == "min" ? all.MinBy(PythonArithmetic.Number) : all.MaxBy(PythonArithmetic.Number);
            default: return null;
        }
    }

    static ConfigList? Sorted(IReadOnlyList<ConfigNode> items, ConfigLocation place)
    {
        if (items.All(item => item is PythonScalar { Value: string }))
            return new ConfigList(place, [.. items.OrderBy(item => (string)((PythonScalar)item).Value!, StringComparer.Ordinal)]);
        return items.All(item => PythonArithmetic.Number(item) is not null)
            ? new ConfigList(place, [.. items.OrderBy(item => PythonArithmetic.Number(item))])
            : null;
    }

    static ConfigNode? Range(IReadOnlyList<ConfigNode> arguments, ConfigLocation place)
    {
        if (arguments.Count is < 1 or > 3
            || arguments.Any(one => one is not PythonScalar { Value: long and > -(1L << 40) and < 1L << 40 }))
            return null;
        long[] given = [.. arguments.Select(one => (long)((PythonScalar)one).Value!)];
        var (start, end) = given.Length > 1 ? (given[0], given[1]) : (0, given[0]);
        var step = given.Length > 2 ? given[2] : 1;
        if (step == 0) return null;
        var count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
        if (count > MaxItems) return new ConfigUnknown(place, $"a range of more than {MaxItems}");
        var numbers = Enumerable.Range(0, (int)Math.Max(0, count)).Select(i => new PythonScalar(place, start + i * step));
        return new ConfigList(place, [.. numbers]);
    }

    static ConfigList? Zip(IReadOnlyList<ConfigNode> arguments, ConfigLocation place)
    {
        IReadOnlyList<ConfigNode>?[] lists = [.. arguments.Select(PythonComprehension.Items)];
        if (lists.Length == 0 || lists.Contains(null)) return null;
        var count = lists.Min(list => list!.Count);
        return new ConfigList(place,
            [.. Enumerable.Range(0, count).Select(i => new ConfigList(place, [.. lists.Select(list => list![i])]))]);
    }

    static string Join(IEnumerable<string> parts)
    {
        var path = "";
        foreach (var part in parts)
            path = part.StartsWith('/') || path.Length == 0 ? part : path.EndsWith('/') ? path + part : $"{path}/{part}";
        return path;
    }
}

/// <summary>Methods that change nothing.</summary>
static class PythonMethods
{
    static readonly HashSet<string> Lookers = ["copy", "keys", "values", "items", "get", "index", "count"];

    /// <summary>Whether a method changes nothing.</summary>
    public static bool OnlyLooks(string method) => Lookers.Contains(method);

    /// <summary>The result; null if it is not computed.</summary>
    public static ConfigNode? Call(ConfigNode value, string method, IReadOnlyList<ConfigNode> arguments)
    {
        var place = value.Location;
        return (value, method, arguments) switch
        {
            (_, "copy", []) => PythonChange.Copy(value),
            (ConfigMapping dict, "keys", []) =>
                new ConfigList(place, [.. dict.Entries.Keys.Select(key => new PythonScalar(place, key))]),
            (ConfigMapping dict, "values", []) => new ConfigList(place, [.. dict.Entries.Values.Select(entry => entry.Value)]),
            (ConfigMapping dict, "items", []) => new ConfigList(place,
                [.. dict.Entries.Select(pair => new ConfigList(place, [new PythonScalar(place, pair.Key), pair.Value.Value]))]),
            (ConfigMapping dict, "get", [PythonScalar { Value: string key }]) =>
                dict.Entries.TryGetValue(key, out var entry) ? entry.Value : new PythonScalar(place, null),
            (ConfigMapping dict, "get", [PythonScalar { Value: string key }, var missing]) =>
                dict.Entries.TryGetValue(key, out var entry) ? entry.Value : missing,
            (PythonScalar { Value: string text }, _, _) => Text(text, method, arguments, place),
            _ => null,
        };
    }

    static ConfigNode? Text(string text, string method, IReadOnlyList<ConfigNode> arguments, ConfigLocation place)
    {
        var given = arguments.Count > 0 ? (arguments[0] as PythonScalar)?.Value as string : null;
        return (method, arguments.Count) switch
        {
            ("lower", 0) => new PythonScalar(place, text.ToLowerInvariant()),
            ("upper", 0) => new PythonScalar(place, text.ToUpperInvariant()),
            ("strip", 0) => new PythonScalar(place, text.Trim()),
            ("rstrip", 1) when given is not null => new PythonScalar(place, text.TrimEnd(given.ToCharArray())),
            ("lstrip", 1) when given is not null => new PythonScalar(place, text.TrimStart(given.ToCharArray())),
            ("startswith", 1) when given is not null => new PythonScalar(place, text.StartsWith(given, StringComparison.Ordinal)),
            ("endswith", 1) when given is not null => new PythonScalar(place, text.EndsWith(given, StringComparison.Ordinal)),
            ("split", 0) => Texts(text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), place),
            ("split", 1) when given is { Length: > 0 } => Texts(text.Split(given), place),
            ("replace", 2) when given is { Length: > 0 } && arguments[1] is PythonScalar { Value: string other } =>
                other.Length <= given.Length || text.Length * other.Length < PythonArithmetic.MaxLength
                    ? PythonArithmetic.Text(place, text.Replace(given, other, StringComparison.Ordinal)) : null,
            ("join", 1) when arguments[0] is ConfigList list && list.Items.All(item => item is PythonScalar { Value: string }) =>
                Joined(text, list, place),
            _ => null,
        };
    }

    static ConfigList Texts(IEnumerable<string> texts, ConfigLocation place) =>
        new(place, [.. texts.Select(text => new PythonScalar(place, text))]);

    static ConfigNode Joined(string separator, ConfigList list, ConfigLocation place)
    {
        var length = list.Items.Sum(item => (long)((ConfigScalar)item).Text!.Length + separator.Length);
        return length > PythonArithmetic.MaxLength ? PythonArithmetic.TooLong(place)
            : new PythonScalar(place, string.Join(separator, list.Items.Select(item => ((ConfigScalar)item).Text)));
    }
}
