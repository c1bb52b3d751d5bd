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

/// <summary>Collects the keys of one dict.</summary>
/// <param name="place">Where the dict begins.</param>
sealed class PythonDictBuilder(ConfigLocation place)
{
    const string DeleteKey = "_delete_";

    readonly OrderedDictionary<string, ConfigEntry> _entries = [];
    bool _replaces;

    /// <summary>Adds one key.</summary>
    /// <exception cref="ConfigException">It is there already.</exception>
    public void Add(ConfigLocation keyPlace, string key, ConfigNode value)
    {
        if (key == DeleteKey) _replaces = value is PythonScalar { Value: true };
        else if (!_entries.TryAdd(key, new ConfigEntry(keyPlace, value)))
            throw new ConfigException(keyPlace, $"the key '{PythonLexer.Shorten(key)}' stands here a second time "
                + $"(first in line {_entries[key].Location.Line})");
    }

    /// <summary>Adds the keys of another dict, <c>**name</c>.</summary>
    /// <exception cref="ConfigException">It is no dict, or a key is there already.</exception>
    public void AddAll(ConfigNode value)
    {
        if (value is not ConfigMapping dict)
            throw new ConfigException(value.Location, $"'**' before {value.Description}; a dict is expected");
        foreach (var (key, entry) in dict.Entries) Add(entry.Location, key, entry.Value);
    }

    /// <summary>The dict.</summary>
    public ConfigMapping Build() => new(place, _entries, _replaces);
}

/// <summary>The names that a file has bound so far, and those of its base files.</summary>
/// <param name="readBases">Reads the files that the value of <c>_base_</c> names, merged.</param>
sealed class PythonScope(Func<ConfigNode, ConfigMapping> readBases)
{
    /// <summary>The name with which a file says what it is based on.</summary>
    public const string BaseName = "_base_";

    readonly OrderedDictionary<string, ConfigEntry> _names = [];
    readonly HashSet<string> _used = [];
    ConfigMapping? _bases;

    /// <summary>Binds a name; the base files are read at once.</summary>
    /// <exception cref="ConfigException">It is <c>_base_</c>, for the second time.</exception>
    public void Bind(string name, ConfigNode value, ConfigLocation place)
    {
        if (name != BaseName) _names[name] = new ConfigEntry(place, value);
        else if (_bases is not null) throw new ConfigException(place, $"{BaseName} is set a second time");
        else _bases = readBases(value);
    }

    /// <summary>The value of a name.</summary>
    /// <exception cref="ConfigException">It is not bound.</exception>
    public ConfigNode Value(string name, ConfigLocation place)
    {
        _used.Add(name);
        if (_names.TryGetValue(name, out var bound)) return bound.Value;
        var hint = _bases?.Entries.ContainsKey(name) == true ? $"; a base file binds it: write {{{{{BaseName}.{name}}}}}" : "";
        throw new ConfigException(place, $"the name '{PythonLexer.Shorten(name)}' is not bound above in this file{hint}");
    }

    /// <summary>A value of the base files.</summary>
    /// <param name="path">Names from the root.</param>
    /// <param name="place">Where it is wanted.</param>
    /// <exception cref="ConfigException">There is none.</exception>
    public ConfigNode BaseValue(IReadOnlyList<string> path, ConfigLocation place)
    {
        ConfigNode value = _bases ?? throw new ConfigException(place, $"{BaseName} is used before it is set");
        _used.Add(path[0]);
        foreach (var name in path)
        {
            value = value is ConfigMapping dict && dict.Entries.TryGetValue(name, out var entry)
                ? entry.Value
                : throw new ConfigException(
                    place, $"the base files have no value {PythonLexer.Shorten($"{BaseName}.{string.Join('.', path)}")}");
        }
        return value;
    }

    /// <summary>All that the file and its bases say.</summary>
    /// <param name="file">Its name.</param>
    public PythonConfig Build(string file)
    {
        var own = new ConfigMapping(new ConfigLocation(file), _names);
        return new PythonConfig(_bases?.OverriddenBy(own) ?? own, _used);
    }
}
