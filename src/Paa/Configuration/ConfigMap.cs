namespace Paa.Configuration;

/// <summary>One key of a mapping: the place of the key, and its value.</summary>
readonly record struct ConfigEntry(ConfigLocation Location, ConfigNode Value);

/// <summary>Keys and values in the order in which they were written.</summary>
/// <param name="location">Where the mapping begins.</param>
/// <param name="entries">Keys and values; held.</param>
/// <param name="replaces">It has <c>_delete_: true</c>: it takes the place of an inherited mapping, adding nothing.</param>
sealed class ConfigMap(ConfigLocation location, OrderedDictionary<string, ConfigEntry> entries, bool replaces = false)
    : ConfigNode(location)
{
    public IReadOnlyDictionary<string, ConfigEntry> Entries => entries;

    public override string Description => "a mapping";

    public override int Depth { get; } = DepthAround(entries.Values.Select(entry => entry.Value));

    /// <summary>The mapping in which only one key is set.</summary>
    /// <param name="keyPath">From the root, <c>model.backbone.depth</c>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="location">Where it was set.</param>
    public static ConfigMap At(string keyPath, ConfigNode value, ConfigLocation location)
    {
        var node = value;
        foreach (var key in keyPath.Split('.').Reverse())
            node = new ConfigMap(location, new OrderedDictionary<string, ConfigEntry> { [key] = new(location, node) });
        return (ConfigMap)node;
    }

    /// <summary>This mapping with another one laid over it: mappings are merged key by key, anything else is replaced.</summary>
    public ConfigMap OverriddenBy(ConfigMap upper)
    {
        if (upper.Replaces) return upper;
        var merged = new OrderedDictionary<string, ConfigEntry>(entries);
        foreach (var (key, entry) in upper.Entries)
        {
            var isMergedDeep = merged.TryGetValue(key, out var lower) && lower.Value is ConfigMap && entry.Value is ConfigMap;
            merged[key] = isMergedDeep
                ? entry with { Value = ((ConfigMap)lower.Value).OverriddenBy((ConfigMap)entry.Value) }
                : entry;
        }
        return new ConfigMap(upper.Location, merged);
    }

    /// <summary>The value of a key, <c>model.backbone.depth</c>; null if it is not written.</summary>
    public ConfigNode? Find(string keyPath)
    {
        ConfigNode node = this;
        foreach (var key in keyPath.Split('.'))
        {
            if (node is not ConfigMap map || !map.Entries.TryGetValue(key, out var entry)) return null;
            node = entry.Value;
        }
        return node;
    }

    /// <summary>This mapping without one of the keys in it, <c>model.backbone.depth</c>.</summary>
    public ConfigMap Without(string keyPath)
    {
        var (key, below) = keyPath.Split('.', 2) is [var first, var others] ? (first, others) : (keyPath, null);
        if (!entries.TryGetValue(key, out var entry)) return this;
        var rest = new OrderedDictionary<string, ConfigEntry>(entries);
        if (below is null) rest.Remove(key);
        else if (entry.Value is ConfigMap map) rest[key] = entry with { Value = map.Without(below) };
        return new ConfigMap(Location, rest, replaces);
    }

    /// <summary>The place of a key, or of the nearest key above it that was written: <c>model.backbone.depth</c>.</summary>
    public ConfigLocation Locate(string keyPath)
    {
        var place = Location;
        var map = this;
        foreach (var key in keyPath.Split('.'))
        {
            if (map is null || !map.Entries.TryGetValue(key, out var entry)) return place;
            place = entry.Location;
            map = entry.Value as ConfigMap;
        }
        return place;
    }

    bool Replaces => replaces;
}
