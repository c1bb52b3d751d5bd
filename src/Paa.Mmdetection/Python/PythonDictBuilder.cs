using Paa.Configuration;

namespace Paa.Mmdetection.Python;

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
