namespace Paa.Configuration;

/// <summary>Reads a configuration file and the files it is based on into one tree.</summary>
/// <remarks>As MMDetection's <c>_base_</c>: what a file says is laid over its bases, these over each other as listed.</remarks>
static class ConfigFileReader
{
    public const string BaseKey = "base";

    /// <summary>The merged tree of a file.</summary>
    /// <param name="path">The file; its bases are relative to its folder.</param>
    public static ConfigMap Read(string path) => Read(path, new ConfigLocation(path), new ConfigFileChain(BaseKey, "YAML"));

    static ConfigMap Read(string path, ConfigLocation namedAt, ConfigFileChain chain) => chain.Read(path, namedAt, text =>
    {
        var own = MovedKeys.Apply(YamlTreeReader.ReadMap(new StringReader(text), path));
        if (!own.Entries.TryGetValue(BaseKey, out var baseEntry)) return own;

        var merged = new ConfigMap(new ConfigLocation(path), []);
        foreach (var (file, place) in chain.BaseFiles(baseEntry.Value, path))
            merged = merged.OverriddenBy(Read(file, place, chain));
        return merged.OverriddenBy(own.Without(BaseKey));
    });
}
