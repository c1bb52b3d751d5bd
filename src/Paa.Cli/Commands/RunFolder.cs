using Paa.Configuration;

namespace Paa.Cli.Commands;

/// <summary>Where the files of a run lie.</summary>
static class RunFolder
{
    /// <summary>The merged configuration, saved beside the checkpoints.</summary>
    public const string ConfigName = "config.yaml";

    /// <summary>The configuration's <c>work_dir</c>, or <c>work_dirs/NAME</c> after the name of its file.</summary>
    public static string Of(PaaConfig config, string configFile) =>
        config.WorkDir ?? Path.Combine("work_dirs", Path.GetFileNameWithoutExtension(configFile));

    /// <summary>Whether an argument names a configuration rather than a checkpoint.</summary>
    public static bool IsConfig(string file) => Path.GetExtension(file).ToLowerInvariant() is ".yaml" or ".yml";
}
