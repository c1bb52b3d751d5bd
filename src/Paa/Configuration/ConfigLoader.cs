using Paa.Options;

namespace Paa.Configuration;

/// <summary>Reads a run's configuration: YAML, inherited files, overrides of the command line, checks.</summary>
/// <remarks>
/// Paths of annotations, images and weights stay as written: relative ones are meant from the current folder, as in MMDetection.
/// Only <c>base:</c> is relative to the file that says it.
/// </remarks>
public static class ConfigLoader
{
    /// <summary>Reads a file.</summary>
    /// <param name="path">A YAML file.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the file in their order; null for none.</param>
    /// <exception cref="ConfigException">A file is missing or not YAML, a key is unknown, a value does not fit.</exception>
    public static PaaConfig Load(string path, IEnumerable<string>? overrides = null) =>
        Bind(ConfigFileReader.Read(path), overrides);

    /// <summary>Reads a text, such as the configuration in a checkpoint. It cannot be based on files.</summary>
    /// <param name="yaml">The text, as <see cref="ConfigWriter"/> writes it.</param>
    /// <param name="source">Its name in error messages.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the text in their order; null for none.</param>
    /// <exception cref="ConfigException">The text is not YAML, a key is unknown, a value does not fit.</exception>
    public static PaaConfig Parse(string yaml, string source, IEnumerable<string>? overrides = null) =>
        Bind(MovedKeys.Apply(YamlTreeReader.ReadRoot(new StringReader(yaml), source)), overrides);

    static PaaConfig Bind(ConfigMapping root, IEnumerable<string>? overrides)
    {
        foreach (var assignment in overrides ?? []) root = root.OverriddenBy(ConfigOverride.Parse(assignment));
        var config = ConfigBinder.Bind<PaaConfig>(root);
        ConfigValidator.Validate(config, root.Locate);
        return config;
    }
}

/// <summary>One <c>--set a.b.c=value</c> of the command line.</summary>
static class ConfigOverride
{
    /// <summary>The assignment as a tree of one key, to be laid over the file's.</summary>
    /// <param name="assignment"><c>a.b.c=value</c>; the value is YAML, so lists and mappings can be given, too.</param>
    public static ConfigMapping Parse(string assignment)
    {
        var place = new ConfigLocation($"--set {assignment}");
        var equals = assignment.IndexOf('=');
        if (equals <= 0) throw new ConfigException(place, "expected KEY=VALUE, such as optimizer.lr=0.02");

        var keys = assignment[..equals].Trim().Split('.');
        if (keys.Any(string.IsNullOrWhiteSpace)) throw new ConfigException(place, "a part of the key is empty");

        var node = YamlTreeReader.Read(new StringReader(assignment[(equals + 1)..]), place);
        return MovedKeys.Apply(ConfigMapping.At(string.Join('.', keys), node, place));
    }
}

/// <summary>Keys that may still be written at an earlier place.</summary>
static class MovedKeys
{
    /// <summary>The earlier place of a key, and its present one. The profile steers assignment, losses and post-processing; it
    /// was once a part of the assignment.</summary>
    static readonly (string From, string To)[] Moves = [("model.train_cfg.profile", "model.profile")];

    /// <summary>A tree with all keys at their present places; where both places are written, the present one counts.</summary>
    /// <param name="root">One file or override, before it is laid over others.</param>
    public static ConfigMapping Apply(ConfigMapping root)
    {
        foreach (var (from, to) in Moves)
            if (root.Find(from) is { } value)
                root = root.Without(from).WithDefault(to, value, root.Locate(from));
        return root;
    }
}
