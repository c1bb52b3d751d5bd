namespace Paa.Configuration;

/// <summary>A configuration that cannot be used: one line with file, line, key, what was expected and what was found.</summary>
public sealed class ConfigException : Exception
{
    const int MaxLength = 600;

    /// <summary>A fault of a whole source, such as a missing file.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string problem) : base(Printable($"{location}: {problem}")) =>
        Location = location;

    /// <summary>A fault of one key.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyPath">The key from the root, <c>model.backbone.depth</c>.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string keyPath, string problem)
        : base(Printable($"{location}: {keyPath}: {problem}"))
    {
        Location = location;
        KeyPath = keyPath;
    }

    /// <summary>Where the fault is.</summary>
    public ConfigLocation Location { get; }

    /// <summary>The key from the root; null where the fault is of a whole source.</summary>
    public string? KeyPath { get; }

    /// <summary>One line of bounded length: a file may hold anything, such as escapes for the terminal.</summary>
    static string Printable(string message) =>
        string.Concat(message.Take(MaxLength).Select(letter => char.IsControl(letter) ? '?' : letter));
}
