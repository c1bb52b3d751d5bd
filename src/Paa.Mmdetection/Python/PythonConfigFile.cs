using Paa.Configuration;

namespace Paa.Mmdetection.Python;

/// <summary>Reads a configuration in Python with the files of its <c>_base_</c>.</summary>
sealed class PythonConfigFile
{
    readonly ConfigFileChain _chain = new("_base_", "Python");
    readonly HashSet<string> _usedNames = [];

    /// <summary>Reads a file; nothing in it is run.</summary>
    /// <param name="path">The file; its bases are relative to its folder.</param>
    /// <exception cref="ConfigException">A file is missing, or says what is not read.</exception>
    public static PythonConfig Read(string path)
    {
        var file = new PythonConfigFile();
        return new PythonConfig(file.ReadTree(path, new ConfigLocation(path)), file._usedNames);
    }

    ConfigMapping ReadTree(string path, ConfigLocation namedAt) => _chain.Read(path, namedAt, text =>
    {
        var config = PythonParser.Read(text, path, bases => ReadBases(bases, path));
        _usedNames.UnionWith(config.UsedNames);
        return config.Tree;
    });

    ConfigMapping ReadBases(ConfigNode bases, string path)
    {
        var merged = new ConfigMapping(new ConfigLocation(path), []);
        foreach (var (file, place) in _chain.BaseFiles(bases, path))
        {
            if (file.Contains("::", StringComparison.Ordinal))
                throw new ConfigException(place, $"'{file}' names a file of another package; write its path");
            merged = merged.OverriddenBy(ReadTree(file, place));
        }
        return merged;
    }
}

/// <summary>What a configuration in Python says, with its base files.</summary>
/// <param name="Tree">The names bound at the top, as MMDetection merges them.</param>
/// <param name="UsedNames">Those of them that other lines use, and so are probably only help to write the others.</param>
sealed record PythonConfig(ConfigMapping Tree, IReadOnlySet<string> UsedNames);
