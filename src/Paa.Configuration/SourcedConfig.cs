using Paa.Options;

namespace Paa.Configuration;

/// <summary>A configuration that knows where its values were written.</summary>
public sealed class SourcedConfig
{
    internal SourcedConfig(PaaConfig config, ConfigMapping tree) => (Config, Tree) = (config, tree);

    /// <summary>The configuration; valid.</summary>
    public PaaConfig Config { get; }

    /// <summary>The values that were written, under their keys.</summary>
    internal ConfigMapping Tree { get; }

    /// <summary>Where the value of a key was written; null if nowhere, so that it is the default.</summary>
    /// <param name="key">From the root, such as <c>model.test_cfg.score_thr</c>.</param>
    public ConfigLocation? SourceOf(string key) => Tree.Find(key) is null ? null : Tree.Locate(key);

    /// <summary>Reads the options from a tree.</summary>
    /// <param name="tree">Values under their keys.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>, laid over the tree in their order; null for none.</param>
    /// <exception cref="ConfigException">A key is unknown or a value is invalid.</exception>
    internal static SourcedConfig Of(ConfigMapping tree, IEnumerable<string>? overrides = null)
    {
        foreach (var assignment in overrides ?? []) tree = tree.OverriddenBy(ConfigOverride.Parse(assignment));
        var config = ConfigBinder.Bind<PaaConfig>(tree);
        ConfigValidator.Validate(config, tree.Locate);
        return new SourcedConfig(config, tree);
    }
}
