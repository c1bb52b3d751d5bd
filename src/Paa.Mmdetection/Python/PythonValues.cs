using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>A single Python value. Arithmetic needs its type, the binder only its text.</summary>
/// <param name="location">Where it was written.</param>
/// <param name="value">Null for None, or a bool, long, double or string.</param>
sealed class PythonScalar(ConfigLocation location, object? value) : ConfigScalar(location, TextOf(value))
{
    public object? Value => value;

    static string? TextOf(object? value) => value switch
    {
        null => null,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        var text => (string)text,
    };
}

/// <summary>A value that cannot be known, since Python is not run.</summary>
/// <param name="location">Where it stands.</param>
/// <param name="reason">Why, as a part of a sentence: "the call f(...) is not run".</param>
/// <param name="name">The dotted name of what it refers to, if it is something imported: <c>os.path</c>; otherwise null.</param>
sealed class ConfigUnknown(ConfigLocation location, string reason, string? name = null) : ConfigNode(location)
{
    public string Reason => reason;

    /// <summary>A class or module by its dotted name; null for anything else.</summary>
    public string? Name => name;

    public override string Description => $"a value that cannot be known ({reason})";

    /// <summary>The first value among these, or in them, that cannot be known; null if there is none.</summary>
    public static ConfigUnknown? In(params ReadOnlySpan<ConfigNode> nodes)
    {
        var seen = new HashSet<ConfigNode>(ReferenceEqualityComparer.Instance);         // what is shared is looked at once
        foreach (var node in nodes)
            if (Find(node, seen) is { } unknown) return unknown;
        return null;
    }

    static ConfigUnknown? Find(ConfigNode node, HashSet<ConfigNode> seen) => node switch
    {
        ConfigUnknown unknown => unknown,
        ConfigList list when seen.Add(list) =>
            list.Items.Select(item => Find(item, seen)).FirstOrDefault(found => found is not null),
        ConfigMapping dict when seen.Add(dict) =>
            dict.Entries.Values.Select(entry => Find(entry.Value, seen)).FirstOrDefault(found => found is not null),
        _ => null,
    };
}

/// <summary>Bounds the work that one file may ask for.</summary>
sealed class PythonWork
{
    const int MaxSteps = 1_000_000;

    int _steps;

    /// <summary>Counts steps, each about as long as reading a word.</summary>
    /// <exception cref="ConfigException">It is more than any configuration needs.</exception>
    public void Spend(int steps, ConfigLocation place)
    {
        if ((_steps += steps) > MaxSteps) throw new ConfigException(place, "this takes more work than a configuration may");
    }
}

/// <summary>Collects the keys of one dict.</summary>
/// <param name="place">Where the dict begins.</param>
sealed class PythonDictBuilder(ConfigLocation place)
{
    const string DeleteKey = "_delete_";

    readonly OrderedDictionary<string, ConfigEntry> _entries = [];
    bool _replaces;
    ConfigUnknown? _spoiled;

    /// <summary>Adds one key.</summary>
    /// <exception cref="ConfigException">It is there already.</exception>
    public void Add(ConfigLocation keyPlace, string key, ConfigNode value)
    {
        if (key != DeleteKey && _entries.TryGetValue(key, out var earlier))
            throw new ConfigException(keyPlace, $"the key '{PythonLexer.Shorten(key)}' stands here a second time "
                + $"(first in line {earlier.Location.Line})");
        Set(keyPlace, key, value);
    }

    /// <summary>Adds one key, over an earlier one.</summary>
    public void Set(ConfigLocation keyPlace, string key, ConfigNode value)
    {
        if (key == DeleteKey) _replaces = value is PythonScalar { Value: true };
        else _entries[key] = new ConfigEntry(keyPlace, value);
    }

    /// <summary>That the dict has keys or values that cannot be told from others.</summary>
    public void Spoil(ConfigUnknown cause) => _spoiled ??= cause;

    /// <summary>Adds the keys of another dict, <c>**name</c>.</summary>
    /// <param name="value">The other dict.</param>
    /// <param name="mayRepeat">Whether a key may be there already, as in a dict of braces.</param>
    /// <exception cref="ConfigException">It is no dict, or a key is there already.</exception>
    public void AddAll(ConfigNode value, bool mayRepeat)
    {
        if (value is ConfigUnknown unknown)
        {
            Spoil(unknown);
            return;
        }
        if (value is not ConfigMapping dict)
            throw new ConfigException(value.Location, $"'**' before {value.Description}; a dict is expected");
        foreach (var (key, entry) in dict.Entries)
        {
            if (mayRepeat) Set(entry.Location, key, entry.Value);
            else Add(entry.Location, key, entry.Value);
        }
    }

    /// <summary>The dict; unknown as a whole if a key in it is.</summary>
    public ConfigNode Build() =>
        _spoiled is null ? new ConfigMapping(place, _entries, _replaces) : new ConfigUnknown(place, _spoiled.Reason);
}
