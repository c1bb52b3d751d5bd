using System.Globalization;
using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads a configuration of MMDetection with the files that it is based on: <c>.py</c>, <c>.json</c> or
/// <c>.yml</c>.</summary>
sealed class PythonConfigFile
{
    const string OtherPackage = "::";
    const int MaxLength = 1 << 20;

    readonly ConfigFileChain _chain = new(PythonScope.BaseName, "Python");
    readonly HashSet<string> _helpers = [];
    readonly List<ConfigLocation> _defaults = [];
    readonly PythonWork _work = new();

    /// <summary>Reads a file; nothing in it is run.</summary>
    /// <param name="path">The file; its bases are relative to its folder.</param>
    /// <exception cref="ConfigException">A file is missing, or is not of its language.</exception>
    public static PythonConfig Read(string path)
    {
        var file = new PythonConfigFile();
        return new PythonConfig(file.ReadTree(path, new ConfigLocation(path)), file._helpers) { TakenDefaults = file._defaults };
    }

    /// <summary>Reads a text that stands alone, as in a checkpoint.</summary>
    /// <param name="text">Python.</param>
    /// <param name="source">Its name in messages.</param>
    /// <exception cref="ConfigException">It is no Python, or names other files.</exception>
    public static PythonConfig Parse(string text, string source)
    {
        if (text.Length > MaxLength)
            throw new ConfigException(new ConfigLocation(source), $"is longer than {MaxLength} letters");
        return PythonParser.Read(text, source, new PythonSources(
            bases => throw new ConfigException(bases.Location, "_base_ names other files; this text must stand alone"),
            _ => null));
    }

    ConfigMapping ReadTree(string path, ConfigLocation namedAt) => _chain.Read(path, namedAt, raw =>
    {
        var text = PythonTemplates.Expand(raw, path, (line, _) => _defaults.Add(new ConfigLocation(path, line)));
        if (Path.GetExtension(path).ToLowerInvariant() is ".json" or ".yml" or ".yaml") return ReadData(text, path);
        var sources = new PythonSources(bases => ReadBases(bases, path), import => ReadImport(import, path)) { Work = _work };
        var config = PythonParser.Read(text, path, sources);
        _helpers.UnionWith(config.Helpers);
        return config.Tree;
    });

    ConfigMapping ReadBases(ConfigNode bases, string path)
    {
        if (ConfigUnknown.In(bases) is { } unknown)
            throw new ConfigException(unknown.Location, PythonScope.BaseName,
                $"cannot be known without running Python ({unknown.Reason}); write the path itself");
        var merged = new ConfigMapping(new ConfigLocation(path), []);
        foreach (var (file, place) in _chain.BaseFiles(Found(bases, path), path))
            merged = MmcvMerge.Lay(ReadTree(file, place), merged);
        return merged;
    }

    /// <summary>The names with those of other packages, <c>mmdet::paa/x.py</c>, replaced by files of this disk.</summary>
    static ConfigNode Found(ConfigNode bases, string path) => bases switch
    {
        ConfigList list => new ConfigList(list.Location, [.. list.Items.Select(item => Found(item, path))]),
        ConfigScalar { Text: { } name } when name.Split(OtherPackage) is [var package, var file] =>
            Above(path,
                [$"configs/{file}", $"{package}/.mim/configs/{file}", $"{package}/configs/{file}", $"mmdetection/configs/{file}"])
                is { } found
                ? new ConfigScalar(bases.Location, Path.GetFullPath(found))
                : throw new ConfigException(bases.Location,
                    $"'{PythonLexer.Shorten(name)}' names a file of another package; it is not in a folder configs/ above, so "
                    + "write its path"),
        _ => bases,
    };

    /// <summary>The first of some relative paths that is a file below the folder of another file, or below one above
    /// it.</summary>
    static string? Above(string path, string[] names)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        for (; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            foreach (var name in names)
                if (Path.Combine(folder, name) is var file && File.Exists(file)) return file;
        }
        return null;
    }

    ConfigMapping? ReadImport(PythonImport import, string path)
    {
        var name = import.Module.TrimStart('.');
        if (name.Contains('\0') || name.Length == 0) return null;
        var levels = import.Module.Length - name.Length;
        var relative = name.Replace('.', '/') + ".py";
        var file = levels == 0
            ? Above(path, [relative, relative[(relative.IndexOf('/') + 1)..]])
            : BelowFolder(path, levels - 1, relative);
        return file is null || !File.Exists(file) ? null : ReadTree(file, import.Place);
    }

    static string? BelowFolder(string path, int up, string relative)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        for (; up > 0 && folder is not null; up--) folder = Path.GetDirectoryName(folder);
        return folder is null ? null : Path.Combine(folder, relative);
    }

    /// <summary>JSON and YAML say the same tree.</summary>
    ConfigMapping ReadData(string text, string path)
    {
        var isJson = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        using var reader = new StringReader(isJson ? text.Replace('\t', ' ') : text);
        var root = (ConfigMapping)Typed(YamlTreeReader.ReadRoot(reader, path), []);
        if (root.Find(PythonScope.BaseName) is not { } bases) return root;
        return MmcvMerge.Lay(root.Without(PythonScope.BaseName), ReadBases(bases, path));
    }

    /// <summary>YAML's scalars as Python's.</summary>
    static ConfigNode Typed(ConfigNode node, Dictionary<ConfigNode, ConfigNode> done)
    {
        if (done.TryGetValue(node, out var known)) return known;
        return done[node] = node switch
        {
            ConfigList list => new ConfigList(list.Location, [.. list.Items.Select(item => Typed(item, done))]),
            ConfigMapping dict => new ConfigMapping(dict.Location, TypedEntries(dict, done), dict.Replaces),
            ConfigScalar scalar => new PythonScalar(scalar.Location, ValueOf(scalar.Text)),
            _ => node,
        };
    }

    static OrderedDictionary<string, ConfigEntry> TypedEntries(ConfigMapping dict, Dictionary<ConfigNode, ConfigNode> done)
    {
        var entries = new OrderedDictionary<string, ConfigEntry>();
        foreach (var (key, entry) in dict.Entries) entries.Add(key, entry with { Value = Typed(entry.Value, done) });
        return entries;
    }

    static object? ValueOf(string? text) => text switch
    {
        null => null,
        "true" or "True" => true,
        "false" or "False" => false,
        _ when text.Length > 1 && text[0] == '0' && char.IsAsciiDigit(text[1]) => text,              // a name such as 007
        _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => whole,
        _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) && double.IsFinite(real)
            && text.AsSpan().IndexOfAnyInRange('0', '9') >= 0 => real,
        _ => text,
    };
}

/// <summary>What a configuration of MMDetection says, with its base files.</summary>
/// <param name="Tree">The names bound at the top, as MMDetection merges them.</param>
/// <param name="Helpers">Those of them that other lines use, and so are probably only help to write the others.</param>
sealed record PythonConfig(ConfigMapping Tree, IReadOnlySet<string> Helpers)
{
    /// <summary>Where <c>{{ $NAME:default }}</c> stood, whose default was taken.</summary>
    public IReadOnlyList<ConfigLocation> TakenDefaults { get; init; } = [];
}
