using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Collects the keys of one dict.</summary>
/// <param name="place">Where the dict begins.</param>
sealed class PythonMapBuilder(ConfigLocation place)
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
        if (value is not ConfigMap map)
            throw new ConfigException(value.Location, $"'**' before {value.Description}; a dict is expected");
        foreach (var (key, entry) in map.Entries) Add(entry.Location, key, entry.Value);
    }

    /// <summary>The dict.</summary>
    public ConfigMap Build() => new(place, _entries, _replaces);
}
