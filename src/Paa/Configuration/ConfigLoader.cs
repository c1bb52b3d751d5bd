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
        Bind(MovedKeys.Apply(YamlTreeReader.ReadMap(new StringReader(yaml), source)), overrides);

    static PaaConfig Bind(ConfigMap root, IEnumerable<string>? overrides)
    {
        foreach (var assignment in overrides ?? []) root = root.OverriddenBy(ConfigOverride.Parse(assignment));
        var config = ConfigBinder.Bind<PaaConfig>(root);
        ConfigValidator.Validate(config, root.Locate);
        return config;
    }
}
