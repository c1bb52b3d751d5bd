namespace Paa.Configuration;

/// <summary>Reads a configuration file and the files it is based on into one tree.</summary>
/// <remarks>As with MMDetection's <c>_base_</c>, a file overrides its bases, and later bases override earlier ones.</remarks>
static class ConfigFileReader
{
    public const string BaseKey = "base";

    /// <summary>Reads the merged tree of a file.</summary>
    /// <param name="path">The file; its bases are relative to its folder.</param>
    public static ConfigMapping Read(string path) => Read(path, new ConfigLocation(path), new ConfigFileChain(BaseKey, "YAML"));

    /// <summary>The text of a file, without its bases.</summary>
    public static string ReadText(string path) =>
        new ConfigFileChain(BaseKey, "YAML").Read(path, new ConfigLocation(path), text => text);

    static ConfigMapping Read(string path, ConfigLocation namedAt, ConfigFileChain chain) => chain.Read(path, namedAt, text =>
    {
        var own = MovedKeys.Apply(YamlTreeReader.ReadRoot(new StringReader(text), path));
        if (!own.Entries.TryGetValue(BaseKey, out var baseEntry)) return own;

        var merged = new ConfigMapping(new ConfigLocation(path), []);
        foreach (var (file, place) in chain.BaseFiles(baseEntry.Value, path))
            merged = merged.OverriddenBy(Read(file, place, chain));
        return merged.OverriddenBy(own.Without(BaseKey));
    });
}

/// <summary>Follows a configuration file to the files it is based on; rejects cycles and too many files.</summary>
/// <param name="baseKey">The key that names the base files.</param>
/// <param name="kind">What the files should contain, for error messages: YAML or Python.</param>
sealed class ConfigFileChain(string baseKey, string kind)
{
    const int MaxFiles = 100;
    const int MaxBytes = 1 << 20;

    readonly List<string> _open = [];
    int _fileCount;

    /// <summary>Reads one file; <paramref name="read"/> reads its base files.</summary>
    /// <param name="path">The file.</param>
    /// <param name="namedAt">Where the file was named.</param>
    /// <param name="read">Turns its text into the result.</param>
    public T Read<T>(string path, ConfigLocation namedAt, Func<string, T> read)
    {
        if (++_fileCount > MaxFiles) throw new ConfigException(namedAt, baseKey, $"more than {MaxFiles} files");
        var text = ReadText(path, namedAt);
        var fullPath = Path.GetFullPath(path);
        if (_open.Contains(fullPath)) throw new ConfigException(namedAt, baseKey, $"goes in a circle: {Circle(fullPath)}");
        _open.Add(fullPath);
        var result = read(text);
        _open.RemoveAt(_open.Count - 1);
        return result;
    }

    /// <summary>The files that a value of the base key names, relative to the folder of the file that contains it.</summary>
    public IEnumerable<(string Path, ConfigLocation NamedAt)> BaseFiles(ConfigNode value, string path)
    {
        IReadOnlyList<ConfigNode> files = value is ConfigList list ? list.Items : [value];
        return files.Select(file => file is ConfigScalar { Text: { } name }
            ? (Tidy(path, name, file.Location), file.Location)
            : throw new ConfigException(
                file.Location, baseKey, $"expected a file name or a list of them, got {file.Description}"));
    }

    string ReadText(string path, ConfigLocation namedAt)
    {
        try
        {
            if (Directory.Exists(path)) throw new ConfigException(namedAt, $"'{path}' is a folder, expected a {kind} file");
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var bytes = new byte[MaxBytes + 1];
            var count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (count > MaxBytes) throw new ConfigException(namedAt, $"'{path}' is larger than 1 MB, expected a {kind} file");
            using var reader = new StreamReader(new MemoryStream(bytes, 0, count));
            return reader.ReadToEnd();
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            var message = namedAt.Line > 0 ? $"the base file '{path}' does not exist" : "the file does not exist";
            throw new ConfigException(namedAt, message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new ConfigException(namedAt, $"'{path}' cannot be read: {error.Message}");
        }
    }

    string Circle(string fullPath) =>
        string.Join(" -> ", _open.SkipWhile(file => file != fullPath).Append(fullPath).Select(Path.GetFileName));

    /// <summary>
    /// Shortens <c>configs/paa/../base/x.yaml</c> to <c>configs/base/x.yaml</c>; a relative path stays relative.
    /// </summary>
    string Tidy(string path, string name, ConfigLocation namedAt)
    {
        if (name.Length == 0 || name.Contains('\0')) throw new ConfigException(namedAt, baseKey, $"'{name}' is no file name");
        var joined = Path.Combine(Path.GetDirectoryName(path) ?? "", name);
        return Path.IsPathRooted(joined)
            ? Path.GetFullPath(joined)
            : Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.GetFullPath(joined));
    }
}
