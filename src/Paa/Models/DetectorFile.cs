using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Options;
using Paa.Quantization;
using Paa.Torch;

namespace Paa.Models;

/// <summary>Detectors from checkpoints: of this project, of MMDetection, or bare weights.</summary>
public static class DetectorFile
{
    const string Format = "Paa reads PAA detectors of this project and of MMDetection";

    /// <summary>Reads weights, classes and, where the file tells it, the configuration.</summary>
    /// <param name="path">A <c>.pth</c> in either PyTorch format, or a safetensors file.</param>
    /// <param name="device">Where the weights shall live.</param>
    /// <param name="config">Overrides what the file tells; null: its own configuration, else one derived from names and shapes.</param>
    /// <returns>The detector, in evaluation mode. The caller owns it.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured one.</exception>
    public static LoadedDetector Load(string path, Device device = default, PaaConfig? config = null) =>
        Load(StateDict.Load(path), path, device, config);

    /// <summary>The same for weights that were read already, which needs no libtorch.</summary>
    /// <param name="weights">What <see cref="StateDict.Load"/> returned.</param>
    /// <param name="path">Where from, for messages.</param>
    /// <param name="device">Where the weights shall live.</param>
    /// <param name="config">Overrides what the file tells.</param>
    /// <returns>The detector, in evaluation mode. The caller owns it.</returns>
    /// <exception cref="CheckpointException">Its configuration is damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured one.</exception>
    public static LoadedDetector Load(StateDict weights, string path, Device device = default, PaaConfig? config = null)
    {
        var quantization = QuantizationGraph.Read(weights.Meta, path);
        config ??= OwnConfig(weights, path) ?? new PaaConfig { Model = Infer(weights, path) };
        var detector = new PaaDetector(config.Model, device);
        try
        {
            // A network has no memory before it has weights: a file cannot ask for one that is larger than itself.
            CheckFit(WeightTransfer.Copy(weights, detector.Parameters), path);
            detector.Eval();
            return new LoadedDetector(detector, config, ClassNames(weights, config), quantization);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
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
    static void CheckFit(WeightTransfer transfer, string path)
    {
        transfer = transfer with
        {
            Missing = [.. transfer.Missing.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))],
        };
        if (!transfer.IsComplete) throw transfer.ToException($"{path}: the weights are not those of the configured network");
    }

    static string[] ClassNames(StateDict weights, PaaConfig config)
    {
        var count = config.Model.Head.ClassCount;
        var names = weights.Meta.Classes ?? config.Data.Classes;
        return names is not null && names.Count == count
            ? [.. names]
            : count == CocoClasses.Names.Count ? [.. CocoClasses.Names] : [.. Enumerable.Range(0, count).Select(i => $"class_{i}")];
    }
}
