using Paa.Configuration;

namespace Paa.Mmdetection.Python;

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
