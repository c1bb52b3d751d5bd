using System.Diagnostics.CodeAnalysis;
using Paa.Options;

namespace Paa.Configuration;

/// <summary>Reads the configuration of a run: YAML, base files, command-line overrides, checks.</summary>
/// <remarks>
/// Paths of annotations, images and weights stay as written; relative ones are relative to the current folder, as in MMDetection.
/// Only <c>base:</c> is relative to the file that contains it.
/// </remarks>
public static class ConfigLoader
{
    /// <summary>What a build with trimming says.</summary>
    internal const string TrimmingMessage =
        "Options are filled by reflection, and trimming would remove them: publish without PublishTrimmed and PublishAot.";

    /// <summary>Reads a file.</summary>
    /// <param name="path">A YAML file.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the file in their order; null for none.</param>
    /// <exception cref="ConfigException">A file is missing or not YAML, a key is unknown, a value is invalid.</exception>
    [RequiresUnreferencedCode(TrimmingMessage)]
    public static PaaConfig Load(string path, IEnumerable<string>? overrides = null) => Read(path, overrides).Config;

    /// <summary>Reads a file and remembers where each value was written.</summary>
    /// <param name="path">A YAML file.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the file in their order; null for none.</param>
    /// <exception cref="ConfigException">A file is missing or not YAML, a key is unknown, a value is invalid.</exception>
    [RequiresUnreferencedCode(TrimmingMessage)]
    public static SourcedConfig Read(string path, IEnumerable<string>? overrides = null) =>
        SourcedConfig.Of(ConfigFileReader.Read(path), overrides);

    /// <summary>Whether a YAML file is a configuration of MMDetection: it names the type of its model, or a base as they
    /// do.</summary>
    internal static bool IsMmdetections(string path)
    {
        try
        {
            var root = YamlTreeReader.ReadRoot(new StringReader(ConfigFileReader.ReadText(path)), path);
            return root.Find("_base_") is not null || root.Find("model.type") is not null;
        }
        catch (ConfigException)
        {
            return false;       // reading it as ours reports the error
        }
    }

    /// <summary>Reads a text, such as the configuration in a checkpoint. It cannot name base files.</summary>
    /// <param name="yaml">The text, as <see cref="ConfigWriter"/> writes it.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the text in their order; null for none.</param>
    /// <exception cref="ConfigException">The text is not YAML, a key is unknown, a value is invalid.</exception>
    [RequiresUnreferencedCode(TrimmingMessage)]
    public static PaaConfig Parse(string yaml, string source, IEnumerable<string>? overrides = null) =>
        SourcedConfig.Of(ReadTree(yaml, source), overrides).Config;

    /// <summary>Reads a text whose keys and values are checked later.</summary>
    internal static ConfigMapping ReadTree(string yaml, string source) =>
        MovedKeys.Apply(YamlTreeReader.ReadRoot(new StringReader(yaml), source));
}

/// <summary>One <c>--set a.b.c=value</c> of the command line.</summary>
static class ConfigOverride
{
    const string Source = "--set ";

    /// <summary>Parses the assignment into a tree with one key, to be laid over that of the file.</summary>
    /// <param name="assignment"><c>a.b.c=value</c>. The value is YAML, so it may be a list or a mapping.</param>
    public static ConfigMapping Parse(string assignment)
    {
        var place = new ConfigLocation(Source + assignment);
        var equals = assignment.IndexOf('=');
        if (equals <= 0) throw new ConfigException(place, "expected KEY=VALUE, such as optimizer.lr=0.02");

        var keys = assignment[..equals].Trim().Split('.');
        if (keys.Any(string.IsNullOrWhiteSpace)) throw new ConfigException(place, "a part of the key is empty");

        var node = YamlTreeReader.Read(new StringReader(assignment[(equals + 1)..]), place);
        return MovedKeys.Apply(ConfigMapping.At(string.Join('.', keys), node, place));
    }

    /// <summary>Whether a value was set on the command line.</summary>
    public static bool IsAt(ConfigLocation? location) =>
        location is { } place && place.Source.StartsWith(Source, StringComparison.Ordinal);
}

/// <summary>Keys that may still be written at a former place.</summary>
static class MovedKeys
{
    /// <summary>
    /// The former and the present place of a key. The profile steers assignment, losses and post-processing; it was once part of
    /// the assignment.
    /// </summary>
    static readonly (string From, string To)[] Moves = [("model.train_cfg.profile", "model.profile")];

    /// <summary>Moves all keys to their present places; if both are written, the present one wins.</summary>
    /// <param name="root">The tree of one file or override, before merging.</param>
    public static ConfigMapping Apply(ConfigMapping root)
    {
        foreach (var (from, to) in Moves)
            if (root.Find(from) is { } value)
                root = root.Without(from).WithDefault(to, value, root.Locate(from));
        return root;
    }
}
