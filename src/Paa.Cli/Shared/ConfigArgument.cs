using Paa.Zoo;

namespace Paa.Cli.Shared;

/// <summary>An argument that names a configuration: a file, or a name of the zoo for one that comes with the program.</summary>
static class ConfigArgument
{
    /// <summary>What the help says about it.</summary>
    public const string Description = "YAML file of a run, or a name of 'paa zoo list'.";

    /// <summary>The path of the file. One that does not exist comes back as it is; reading it gives the message.</summary>
    public static string Resolve(string name) =>
        !File.Exists(name) && ZooCatalogue.Find(name) is { } model ? FileOf(model) : name;

    /// <summary>Whether an argument names a configuration rather than weights.</summary>
    public static bool IsConfig(string file) => Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml";

    /// <summary>The configuration of a detector of the zoo.</summary>
    public static string FileOf(ZooModel model) => Installation.Find($"configs/paa/{model.Name}.yaml");
}
