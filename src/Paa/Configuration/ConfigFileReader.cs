namespace Paa.Configuration;

/// <summary>Reads a configuration file and the files it is based on into one tree.</summary>
/// <remarks>As MMDetection's <c>_base_</c>: what a file says is laid over its bases, these over each other as listed.</remarks>
static class ConfigFileReader
{
    public const string BaseKey = "base";

    /// <summary>The merged tree of a file.</summary>
    /// <param name="path">The file; its bases are relative to its folder.</param>
    public static ConfigMap Read(string path) => Read(path, new ConfigLocation(path), []);

    static ConfigMap Read(string path, ConfigLocation namedAt, List<string> chain)
    {
        var fullPath = Path.GetFullPath(path);
        if (chain.Contains(fullPath))
            throw new ConfigException(namedAt, BaseKey, $"goes in a circle: {Circle(chain, fullPath)}");
        var own = YamlTreeReader.ReadMap(new StringReader(ReadText(path, namedAt)), path);
        if (!own.Entries.TryGetValue(BaseKey, out var baseEntry)) return own;

        chain.Add(fullPath);
        var merged = new ConfigMap(new ConfigLocation(path), []);
        foreach (var file in BaseFiles(baseEntry.Value))
        {
            var basePath = Path.Combine(Path.GetDirectoryName(path) ?? "", file.Text!);
            merged = merged.OverriddenBy(Read(Tidy(basePath), file.Location, chain));
        }
        chain.RemoveAt(chain.Count - 1);
        return merged.OverriddenBy(own.Without(BaseKey));
    }

    static string ReadText(string path, ConfigLocation namedAt)
    {
        if (Directory.Exists(path)) throw new ConfigException(namedAt, $"'{path}' is a folder, expected a YAML file");
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            var message = namedAt.Line > 0 ? $"the base file '{path}' does not exist" : "the file does not exist";
            throw new ConfigException(namedAt, message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException(namedAt, $"'{path}' cannot be read: {error.Message}");
        }
    }

    static IEnumerable<ConfigScalar> BaseFiles(ConfigNode value)
    {
        IReadOnlyList<ConfigNode> files = value is ConfigList list ? list.Items : [value];
        return files.Select(file => file is ConfigScalar { Text: not null } name
            ? name
            : throw new ConfigException(
                file.Location, BaseKey, $"expected a file name or a list of them, got {file.Description}"));
    }

    static string Circle(List<string> chain, string fullPath) =>
        string.Join(" -> ", chain.SkipWhile(file => file != fullPath).Append(fullPath).Select(Path.GetFileName));

    /// <summary><c>configs/paa/../base/x.yaml</c> as <c>configs/base/x.yaml</c>, relative if it was relative.</summary>
    static string Tidy(string path) => Path.IsPathRooted(path)
        ? Path.GetFullPath(path)
        : Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.GetFullPath(path));
}
