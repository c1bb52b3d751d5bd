using Paa.Zoo;

namespace Paa.Cli.Shared;

/// <summary>An argument that names a configuration: a file, or a zoo name for one that is installed with the program.</summary>
static class ConfigArgument
{
    /// <summary>Its help text.</summary>
    public const string Description = "YAML file of a run, or a name of 'paa zoo list'.";

    /// <summary>The path of the file. A path that does not exist is returned unchanged; reading it reports the error.</summary>
    public static string Resolve(string name) =>
        !File.Exists(name) && ZooCatalogue.Find(name) is { } model ? FileOf(model) : name;

    /// <summary>Whether an argument names a configuration rather than weights.</summary>
    public static bool IsConfig(string file) => Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml";

    /// <summary>The configuration file of a zoo model.</summary>
    public static string FileOf(ZooModel model) => Installation.Find($"configs/paa/{model.Name}.yaml");
}
