namespace Paa.Configuration;

/// <summary>A value as it was written, with its location. Immutable, so YAML anchors and merged trees may share it.</summary>
abstract class ConfigNode(ConfigLocation location)
{
    public ConfigLocation Location => location;

    /// <summary>How an error message describes the value.</summary>
    public abstract string Description { get; }

    /// <summary>Number of nested lists and mappings; 0 for a single value.</summary>
    public virtual int Depth => 0;

    /// <summary>The depth of a node that contains these.</summary>
    protected static int DepthAround(IEnumerable<ConfigNode> nodes) =>
        1 + nodes.Select(node => node.Depth).DefaultIfEmpty(0).Max();
}

/// <summary>A single value; <paramref name="text"/> is null for YAML's null.</summary>
class ConfigScalar(ConfigLocation location, string? text) : ConfigNode(location)
{
    public string? Text => text;

    public override string Description => text is null ? "nothing (null)" : $"'{text}'";
}

/// <summary>A list of values.</summary>
sealed class ConfigList(ConfigLocation location, IReadOnlyList<ConfigNode> items) : ConfigNode(location)
{
    public IReadOnlyList<ConfigNode> Items => items;

    public override string Description => $"a list of {items.Count}";

    public override int Depth { get; } = DepthAround(items);
}

/// <summary>One key of a mapping: where the key was written, and its value.</summary>
readonly record struct ConfigEntry(ConfigLocation Location, ConfigNode Value);

/// <summary>Keys and values in the order in which they were written.</summary>
/// <param name="location">Where the mapping begins.</param>
/// <param name="entries">Keys and values; held.</param>
/// <param name="replaces">
/// Whether it has <c>_delete_: true</c>, so that it replaces an inherited mapping instead of merging.
/// </param>
sealed class ConfigMapping(ConfigLocation location, OrderedDictionary<string, ConfigEntry> entries, bool replaces = false)
    : ConfigNode(location)
{
    public IReadOnlyDictionary<string, ConfigEntry> Entries => entries;

    public override string Description => "a mapping";

    public override int Depth { get; } = DepthAround(entries.Values.Select(entry => entry.Value));

    /// <summary>A mapping with a single key.</summary>
    /// <param name="keyPath">The key from the root, such as <c>model.backbone.depth</c>.</param>
    /// <param name="value">Its value.</param>
    /// <param name="location">Where it was set.</param>
    public static ConfigMapping At(string keyPath, ConfigNode value, ConfigLocation location)
    {
        var node = value;
        foreach (var key in keyPath.Split('.').Reverse())
            node = new ConfigMapping(location, new OrderedDictionary<string, ConfigEntry> { [key] = new(location, node) });
        return (ConfigMapping)node;
    }

    /// <summary>This mapping with another one laid over it: mappings are merged key by key, anything else is replaced.</summary>
    public ConfigMapping OverriddenBy(ConfigMapping upper)
    {
        if (upper.Replaces) return upper;
        var merged = new OrderedDictionary<string, ConfigEntry>(entries);
        foreach (var (key, entry) in upper.Entries)
        {
            var isMergedDeep = merged.TryGetValue(key, out var lower) && lower.Value is ConfigMapping
                && entry.Value is ConfigMapping;
            merged[key] = isMergedDeep
                ? entry with { Value = ((ConfigMapping)lower.Value).OverriddenBy((ConfigMapping)entry.Value) }
                : entry;
        }
        return new ConfigMapping(upper.Location, merged);
    }

    /// <summary>The value of a key such as <c>model.backbone.depth</c>; null if it is not written.</summary>
    public ConfigNode? Find(string keyPath)
    {
        ConfigNode node = this;
        foreach (var key in keyPath.Split('.'))
        {
            if (node is not ConfigMapping mapping || !mapping.Entries.TryGetValue(key, out var entry)) return null;
            node = entry.Value;
        }
        return node;
    }

    /// <summary>This mapping without one nested key, such as <c>model.backbone.depth</c>.</summary>
    public ConfigMapping Without(string keyPath)
    {
        var (key, below) = keyPath.Split('.', 2) is [var first, var others] ? (first, others) : (keyPath, null);
        if (!entries.TryGetValue(key, out var entry)) return this;
        var rest = new OrderedDictionary<string, ConfigEntry>(entries);
        if (below is null) rest.Remove(key);
        else if (entry.Value is ConfigMapping mapping) rest[key] = entry with { Value = mapping.Without(below) };
        return new ConfigMapping(Location, rest, replaces);
    }

    /// <summary>This mapping with a nested key such as <c>model.backbone.depth</c> added, unless it is already written.</summary>
    public ConfigMapping WithDefault(string keyPath, ConfigNode value, ConfigLocation place)
    {
        var (key, below) = keyPath.Split('.', 2) is [var first, var others] ? (first, others) : (keyPath, null);
        var isWritten = entries.TryGetValue(key, out var entry);
        if (isWritten && (below is null || entry.Value is not ConfigMapping)) return this;
        var inner = isWritten ? (ConfigMapping)entry.Value : new ConfigMapping(place, []);
        var more = new OrderedDictionary<string, ConfigEntry>(entries)
        {
            [key] = below is null ? new(place, value)
                : new(isWritten ? entry.Location : place, inner.WithDefault(below, value, place)),
        };
        return new ConfigMapping(Location, more, replaces);
    }

    /// <summary>The location of a key such as <c>model.backbone.depth</c>, or of its nearest parent that was written.</summary>
    public ConfigLocation Locate(string keyPath)
    {
        var place = Location;
        var mapping = this;
        foreach (var key in keyPath.Split('.'))
        {
            if (mapping is null || !mapping.Entries.TryGetValue(key, out var entry)) return place;
            place = entry.Location;
            mapping = entry.Value as ConfigMapping;
        }
        return place;
    }

    /// <summary>Whether it takes the place of an inherited mapping.</summary>
    public bool Replaces => replaces;
}

/// <summary>Where a value of a configuration was written.</summary>
/// <param name="Source">The file as it was named, or the command-line option.</param>
/// <param name="Line">Line in the file, from 1; 0 if there are no lines.</param>
public readonly record struct ConfigLocation(string Source, int Line = 0)
{
    /// <summary>Source and line, such as <c>file.yaml:12</c>.</summary>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}" : Source;
}
