using Paa.Configuration;
using Paa.Detectors;
using Paa.Zoo;

namespace Paa.Cli.Shared;

/// <summary>What an argument CONFIG|CHECKPOINT names: weights, a configuration whose run has weights, the folder of a run, or a
/// zoo name for both. The only place where commands find out with what a detector runs.</summary>
/// <param name="Config">The configuration that was named; null: that of the weights.</param>
/// <param name="Weights">What names the weights: a file, a zoo name or an address.</param>
sealed record DetectorArgument(SourcedConfig? Config, string Weights)
{
    /// <summary>Its help text.</summary>
    public const string Description =
        "Checkpoint (file, address, or name of 'paa zoo list'), configuration, or folder of a run; ours or MMDetection's.";

    /// <summary>Finds configuration and weights.</summary>
    /// <param name="shell">Receives warnings of a configuration, and for a folder what was taken.</param>
    /// <param name="name">The argument.</param>
    /// <param name="checkpoint">Weights for a configuration or a folder; null: those of the run.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c>.</param>
    /// <param name="isStrict">Whether what a configuration asks for and is not done here is an error.</param>
    /// <param name="wantsData">Whether data sets are wanted, so that a zoo name stands for its configuration, too.</param>
    /// <exception cref="UsageException">There are no weights, or two names for them.</exception>
    /// <exception cref="ConfigException">The configuration is wrong.</exception>
    public static DetectorArgument Find(
        Shell shell, string name, string? checkpoint, IReadOnlyList<string> overrides, bool isStrict = false,
        bool wantsData = false)
    {
        var use = wantsData ? ConfigUse.Evaluation : ConfigUse.Inference;
        if (Directory.Exists(name)) return InFolder(shell, name, checkpoint, overrides, use, isStrict);
        var isZooName = wantsData && IsZooName(name);
        if (!isZooName && !ConfigArgument.IsConfig(name))
            return checkpoint is null ? new DetectorArgument(null, name)
                : throw new UsageException($"--checkpoint: '{name}' is no configuration; give one name for the weights.");
        var config = ConfigArgument.Load(shell, name, overrides, use, isStrict);
        return new DetectorArgument(config,
            checkpoint ?? (isZooName ? name : RunFolder.NewestWeights(config.Config, name)));
    }

    /// <summary>Whether an argument is a zoo name, which stands for both configuration and weights.</summary>
    public static bool IsZooName(string name) => !File.Exists(name) && ZooCatalogue.Find(name) is not null;

    /// <summary>Reads the detector; downloads it if necessary.</summary>
    /// <param name="shell">Shows a download.</param>
    /// <param name="overrides">Assignments that were given to <see cref="Find"/>.</param>
    public LoadedDetector Load(Shell shell, IReadOnlyList<string> overrides) =>
        DetectorFile.Load(WeightArgument.Resolve(shell, Weights), Config, overrides);

    static DetectorArgument InFolder(
        Shell shell, string folder, string? checkpoint, IReadOnlyList<string> overrides, ConfigUse use, bool isStrict)
    {
        var file = RunFolder.FindConfig(folder);
        var weights = checkpoint ?? RunFolder.NewestWeights(folder);
        shell.Error.WriteLine($"{weights}{(file is null ? "" : $" with {file}")}");
        return new DetectorArgument(
            file is null ? null : ConfigArgument.Load(shell, file, overrides, use, isStrict), weights);
    }
}
