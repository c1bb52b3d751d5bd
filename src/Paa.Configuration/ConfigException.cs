namespace Paa.Configuration;

/// <summary>
/// A configuration that cannot be used. The message is one line: file, line, key, what was expected and what was found.
/// </summary>
public sealed class ConfigException : Exception
{
    const int MaxLength = 600;

    /// <summary>An error in a whole source, such as a missing file.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string problem) : base(Printable($"{location}: {problem}")) =>
        Location = location;

    /// <summary>An error in one key.</summary>
    /// <param name="location">Where it is.</param>
    /// <param name="keyPath">The key from the root, such as <c>model.backbone.depth</c>.</param>
    /// <param name="problem">What is wrong, and what to do.</param>
    public ConfigException(ConfigLocation location, string keyPath, string problem)
        : base(Printable($"{location}: {keyPath}: {problem}"))
    {
        Location = location;
        KeyPath = keyPath;
    }

    /// <summary>Where the error is.</summary>
    public ConfigLocation Location { get; }

    /// <summary>The key from the root; null if the error concerns a whole source.</summary>
    public string? KeyPath { get; }

    /// <summary>Makes one line of bounded length: a file may contain anything, such as terminal escapes.</summary>
    static string Printable(string message) =>
        string.Concat(message.Take(MaxLength).Select(letter => char.IsControl(letter) ? '?' : letter));
}
