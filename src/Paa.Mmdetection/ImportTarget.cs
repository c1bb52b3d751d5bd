using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>The tree of our configuration while it is built.</summary>
/// <param name="file">The file that is imported.</param>
sealed class ImportTarget(ConfigLocation file)
{
    /// <summary>What was set so far.</summary>
    public ConfigMap Tree { get; private set; } = new(file, []);

    /// <summary>The place of a key, or of the nearest key above it that was set.</summary>
    public ConfigLocation Locate(string key) => Tree.Entries.ContainsKey(key.Split('.')[0]) ? Tree.Locate(key) : file;

    /// <summary>Sets a value, over an earlier one.</summary>
    /// <param name="key">From the root, <c>model.backbone.depth</c>.</param>
    /// <param name="value">Its place is where errors will point.</param>
    public void Set(string key, ConfigNode value) => Tree = Tree.OverriddenBy(ConfigMap.At(key, value, value.Location));

    /// <summary>Sets a value that is written nowhere.</summary>
    /// <param name="key">From the root.</param>
    /// <param name="text">As in YAML.</param>
    /// <param name="location">Where errors will point.</param>
    public void Set(string key, string text, ConfigLocation location) => Set(key, new ConfigScalar(location, text));

    /// <summary>Sets a list of texts.</summary>
    public void Set(string key, IEnumerable<string> texts, ConfigLocation location) =>
        Set(key, new ConfigList(location, [.. texts.Select(text => new ConfigScalar(location, text))]));
}
