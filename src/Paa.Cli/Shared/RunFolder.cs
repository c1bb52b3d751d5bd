using Paa.Options;
using Paa.Training;

namespace Paa.Cli.Shared;

/// <summary>Locates the files of a run.</summary>
static class RunFolder
{
    /// <summary>The merged configuration, saved beside the checkpoints.</summary>
    public const string ConfigName = "config.yaml";

    /// <summary>The configuration's <c>work_dir</c>, or else <c>work_dirs/NAME</c> with the name of its file.</summary>
    public static string Of(PaaConfig config, string configFile) =>
        config.WorkFolder ?? Path.Combine("work_dirs", Path.GetFileNameWithoutExtension(configFile));

    /// <summary>The best weights of a run, or else the newest.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static string NewestWeights(string folder)
    {
        string[] candidates = [Path.Combine(folder, CheckpointStore.BestName), Path.Combine(folder, CheckpointStore.LatestName)];
        return candidates.FirstOrDefault(File.Exists)
            ?? throw new UsageException($"{folder} has no checkpoint; train first, or give --checkpoint FILE.");
    }
}
