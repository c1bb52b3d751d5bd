using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Engines;
using Paa.Models;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>Detectors from checkpoints: of this project, of MMDetection, or bare weights.</summary>
public static class DetectorFile
{
    const string Format = "Paa reads PAA detectors of this project and of MMDetection";

    /// <summary>Reads weights, classes and, where the file tells it, the configuration.</summary>
    /// <param name="path">A <c>.pth</c> in either PyTorch format, or a safetensors file.</param>
    /// <param name="config">Overrides what the file tells; null: its own configuration, else one derived from names and
    /// shapes.</param>
    /// <returns>The detector. The caller owns it.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured
    /// one.</exception>
    public static LoadedDetector Load(string path, PaaConfig? config = null) => Load(StateDict.Load(path), path, config);

    /// <summary>The same for a file that was opened already.</summary>
    /// <param name="weights">What <see cref="StateDict.Load"/> returned. Held by the result.</param>
    /// <param name="path">Where from, for messages.</param>
    /// <param name="config">Overrides what the file tells.</param>
    /// <exception cref="CheckpointException">Its configuration is damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured
    /// one.</exception>
    public static LoadedDetector Load(StateDict weights, string path, PaaConfig? config = null)
    {
        var quantization = QuantizationGraph.Read(weights.Meta, path);
        config ??= OwnConfig(weights, path) ?? new PaaConfig { Model = Infer(weights, path) };
        // A description needs no memory for weights: a file cannot ask for a network that is larger than itself.
        var network = new PaaDetector(config.Model);
        CheckFit(WeightMatch.Of(weights, network.Parameters), path);
        return new LoadedDetector(network, weights, config, ClassNames(weights, config), quantization);
    }

    /// <summary>The configuration that this project stores in its checkpoints.</summary>
    static PaaConfig? OwnConfig(StateDict weights, string path)
    {
        const int maxLength = 1 << 16;                       // some four thousand letters are usual
        if (PaaMeta.Of(weights.Meta).Config is not { } yaml) return null;
        try
        {
            return yaml.Length <= maxLength
                ? ConfigLoader.Parse(yaml, "its configuration")
                : throw new CheckpointException($"has a configuration of {yaml.Length} letters; {maxLength} are read.", path);
        }
        catch (ConfigException error)
        {
            throw new CheckpointException($"cannot be used: {error.Message}", path, error);
        }
    }

    static ModelOptions Infer(StateDict weights, string path)
    {
        try
        {
            var model = ArchitectureInference.FromShapes(weights.ToDictionary(pair => pair.Key, pair => pair.Value.Shape));
            ConfigValidator.Validate(new PaaConfig { Model = model }, "derived from its shapes");
            return model;
        }
        catch (Exception error) when (error is ArchitectureException or ConfigException)
        {
            throw new ArchitectureException($"{path}: {error.Message}. {Format}.");
        }
    }

    /// <summary>Names and shapes must fit exactly, but for the counters that old files lack.</summary>
    static void CheckFit(WeightMatch match, string path)
    {
        match = match with
        {
            Missing = [.. match.Missing.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))],
        };
        if (!match.IsComplete) throw match.ToException($"{path}: the weights are not those of the configured network");
    }

    static string[] ClassNames(StateDict weights, PaaConfig config)
    {
        var count = config.Model.Head.ClassCount;
        var names = weights.Meta.Classes ?? config.Data.Classes;
        if (names is not null && names.Count == count) return [.. names];
        return count == CocoClasses.Names.Count
            ? [.. CocoClasses.Names]
            : [.. Enumerable.Range(0, count).Select(i => $"class_{i}")];
    }
}

/// <summary>A detector that was read from a file.</summary>
/// <param name="Network">The network, without weights.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Config">The file's own configuration, or one whose model was derived from the weights.</param>
/// <param name="Classes">Class names in label order.</param>
/// <param name="Quantization">How to compute it on 8-bit integers; null: the file is not quantised.</param>
public sealed record LoadedDetector(PaaDetector Network, StateDict Weights, PaaConfig Config, IReadOnlyList<string> Classes,
    QuantizationParameters? Quantization = null);
