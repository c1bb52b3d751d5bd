namespace Paa.Configuration;

/// <summary>A configuration that cannot be used: one line with file, line, key, what was expected and what was found.</summary>
public sealed class ConfigException : Exception
{
    /// <summary>A fault of a whole source, such as a missing file.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string problem) : base($"{location}: {problem}") => Location = location;

    /// <summary>A fault of one key.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyPath">The key from the root, <c>model.backbone.depth</c>.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string keyPath, string problem) : base($"{location}: {keyPath}: {problem}")
    {
        Location = location;
        KeyPath = keyPath;
    }

    /// <summary>Where the fault is.</summary>
    public ConfigLocation Location { get; }

    /// <summary>The key from the root; null where the fault is of a whole source.</summary>
    public string? KeyPath { get; }
}
