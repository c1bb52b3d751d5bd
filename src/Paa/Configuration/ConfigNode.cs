namespace Paa.Configuration;

/// <summary>A value as it was written, with its place; immutable, so that anchors and merged trees may share it.</summary>
abstract class ConfigNode(ConfigLocation location)
{
    public ConfigLocation Location => location;

    /// <summary>The value as an error message calls it.</summary>
    public abstract string Description { get; }
}

/// <summary>A single value; <paramref name="text"/> is null for YAML's null.</summary>
sealed class ConfigScalar(ConfigLocation location, string? text) : ConfigNode(location)
{
    public string? Text => text;

    public override string Description => text is null ? "nothing (null)" : $"'{text}'";
}

/// <summary>A list of values.</summary>
sealed class ConfigList(ConfigLocation location, IReadOnlyList<ConfigNode> items) : ConfigNode(location)
{
    public IReadOnlyList<ConfigNode> Items => items;

    public override string Description => $"a list of {items.Count}";
}
