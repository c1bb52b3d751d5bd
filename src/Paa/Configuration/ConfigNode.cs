namespace Paa.Configuration;

/// <summary>A value as it was written, with its place; immutable, so that anchors and merged trees may share it.</summary>
abstract class ConfigNode(ConfigLocation location)
{
    public ConfigLocation Location => location;

    /// <summary>The value as an error message calls it.</summary>
    public abstract string Description { get; }

    /// <summary>Lists and mappings inside each other; 0 for a single value.</summary>
    public virtual int Depth => 0;

    /// <summary>The depth of something that contains these.</summary>
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
