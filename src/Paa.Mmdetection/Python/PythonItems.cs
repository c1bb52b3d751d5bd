using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Items and slices of lists, texts and dicts.</summary>
static class PythonItems
{
    /// <summary><c>value[index]</c>.</summary>
    /// <exception cref="ConfigException">There is no such item.</exception>
    public static ConfigNode Item(ConfigNode value, ConfigNode index)
    {
        if ((value as ConfigUnknown ?? index as ConfigUnknown) is { } unknown) return unknown;
        return (value, index) switch
        {
            (ConfigMapping dict, PythonScalar) when PythonFormat.Str(index) is { } key
                && dict.Entries.TryGetValue(key, out var entry)
                => entry.Value,
            (ConfigList list, PythonScalar { Value: long at }) when IsWithin(at, list.Items.Count) =>
                list.Items[Position(at, list.Items.Count)],
            (PythonScalar { Value: string text }, PythonScalar { Value: long at }) when IsWithin(at, text.Length) =>
                new PythonScalar(value.Location, text[Position(at, text.Length)].ToString()),
            _ => throw new ConfigException(
                index.Location, $"{PythonArithmetic.Describe(value)} has no item {PythonArithmetic.Describe(index)}"),
        };
    }

    /// <summary><c>value[start:end:step]</c>; missing parts are null.</summary>
    public static ConfigNode Slice(ConfigNode value, IReadOnlyList<ConfigNode?> parts)
    {
        foreach (var part in parts)
            if (part is not null and not PythonScalar { Value: long or null })
                return new ConfigUnknown(value.Location, "this kind of index is not read");
        var count = value switch
        {
            ConfigList list => list.Items.Count,
            PythonScalar { Value: string text } => text.Length,
            _ => -1,
        };
        var step = Part(2) ?? 1;
        if (count < 0 || step == 0 || parts.Count > 3)
            return value as ConfigUnknown ?? new ConfigUnknown(value.Location, "this kind of index is not read");
        var (low, high) = step > 0 ? (0L, count) : (-1L, (long)count - 1);
        var start = Bound(Part(0), step > 0 ? low : high);
        var end = Bound(Part(1), step > 0 ? high : low);
        var taken = new List<int>();
        for (var i = start; step > 0 ? i < end : i > end; i += step) taken.Add((int)i);
        return value is ConfigList items
            ? new ConfigList(value.Location, [.. taken.Select(i => items.Items[i])])
            : new PythonScalar(value.Location, string.Concat(taken.Select(i => ((string)((PythonScalar)value).Value!)[i])));

        long? Part(int i) => i < parts.Count && parts[i] is PythonScalar { Value: long given }
            ? Math.Clamp(given, -int.MaxValue, int.MaxValue)
            : null;

        long Bound(long? given, long missing) =>
            given is not { } at ? missing : Math.Clamp(at < 0 ? at + count : at, low, high);
    }

    /// <summary>Whether an index, which may be negative, is one of so many.</summary>
    public static bool IsWithin(long index, int count) => index < count && index >= -count;

    /// <summary>The index from the front.</summary>
    public static int Position(long index, int count) => (int)(index < 0 ? index + count : index);
}

/// <summary>Comparisons of single values, and whether something is in a list, a text or a dict.</summary>
static class PythonComparison
{
    /// <summary>Whether a comparison holds; null if it is not known.</summary>
    public static bool? Holds(string kind, ConfigNode left, ConfigNode right) => kind switch
    {
        "==" or "is" => AreEqual(left, right),
        "!=" or "is not" => !AreEqual(left, right),
        "in" => IsIn(left, right),
        "not in" => !IsIn(left, right),
        _ when Order(left, right) is { } order => kind switch
        {
            "<" => order < 0,
            "<=" => order <= 0,
            ">" => order > 0,
            _ => order >= 0,
        },
        _ => null,
    };

    /// <summary>Something that two values have in common exactly if they are equal; the value itself where that is not
    /// known.</summary>
    public static object Identity(ConfigNode node) =>
        PythonArithmetic.Number(node) is { } number ? number : (node as PythonScalar)?.Value ?? node;

    static bool? AreEqual(ConfigNode left, ConfigNode right)
    {
        if (left is PythonScalar && right is PythonScalar) return IsNone(left) == IsNone(right)
            && (IsNone(left) || Identity(left).Equals(Identity(right)));
        var isMixed = (left is PythonScalar && right is ConfigList or ConfigMapping)
            || (right is PythonScalar && left is ConfigList or ConfigMapping);
        return isMixed ? false : null;
    }

    static bool IsNone(ConfigNode node) => node is PythonScalar { Value: null };

    static bool? IsIn(ConfigNode item, ConfigNode whole)
    {
        if (item is not PythonScalar scalar) return null;
        return whole switch
        {
            PythonScalar { Value: string text } when scalar.Value is string part => text.Contains(part, StringComparison.Ordinal),
            ConfigMapping dict when PythonFormat.Str(scalar) is { } key => dict.Entries.ContainsKey(key),
            ConfigList list when list.Items.All(one => one is PythonScalar) => list.Items.Any(one => AreEqual(item, one) == true),
            _ => null,
        };
    }

    static int? Order(ConfigNode left, ConfigNode right)
    {
        if (PythonArithmetic.Number(left) is { } x && PythonArithmetic.Number(right) is { } y) return x.CompareTo(y);
        return left is PythonScalar { Value: string a } && right is PythonScalar { Value: string b }
            ? string.CompareOrdinal(a, b)
            : null;
    }
}
