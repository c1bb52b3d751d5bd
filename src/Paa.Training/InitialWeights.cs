using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Options;
using Paa.Training.Networks;
using Paa.Zoo;

namespace Paa.Training;

/// <summary>Sets the initial weights of a new run: random ones, then those of a backbone or of a whole detector.</summary>
static class InitialWeights
{
    /// <summary>Sets all weights of a detector.</summary>
    /// <param name="detector">The network.</param>
    /// <param name="config">Supplies the seed, <c>load_from</c> and <c>model.backbone.pretrained</c>.</param>
    /// <param name="notice">Receives a message about weights that were not loaded.</param>
    /// <param name="classes">Names of the detector's classes in label order; null for <c>data.classes</c>.</param>
    /// <exception cref="TrainingException">The weights do not fit the network.</exception>
    /// <exception cref="CheckpointException">A file is missing or damaged.</exception>
    /// <exception cref="DownloadException">A file cannot be downloaded.</exception>
    public static void Set(TorchDetector detector, PaaConfig config, Action<string> notice, IReadOnlyList<string>? classes = null)
    {
        detector.InitializeWeights(config.Seed);
        using var cache = WeightCache.OfUser();
        if (config.LoadFrom is { } whole)                                                            // includes the backbone
            DetectorStart.Load(detector, cache.Resolve(whole), classes ?? config.Data.Classes, notice);
        else if (config.Model.Backbone.Pretrained is { } backbone) LoadBackbone(detector, cache.Resolve(backbone), config);
    }

    /// <summary>
    /// Loads a classifier of torchvision, any file with the same names, or the ResNet-18 that NuGet has; its classification layer
    /// is left out.
    /// </summary>
    static void LoadBackbone(TorchDetector detector, string path, PaaConfig config)
    {
        var weights = path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)
            ? PackagedResNet18.Read(path, config.Data.Normalization)
            : StateDict.Load(path);
        var match = WeightMatch.Of(weights, detector.Network.Parameters,
            name => name.StartsWith("fc.", StringComparison.Ordinal) ? null : $"backbone.{name}");
        var backbone = detector.Network.Options.Backbone;
        detector.Load(match);
        var strange = match with { Unexpected = [], Missing = [.. match.Missing.Where(IsNeededOfBackbone)] };
        if (!strange.IsComplete)
            throw new TrainingException(strange.ToException(
                $"model.backbone.pretrained: {path} belongs to a backbone other than depth {backbone.Depth}, "
                + $"{backbone.BaseChannels} base channels, {backbone.Norm}"));
    }

    /// <summary>
    /// Whether a weight is required. Files of torchvision before 0.3 have no batch counts, and nothing reads them.
    /// </summary>
    static bool IsNeededOfBackbone(string name) =>
        name.StartsWith("backbone.", StringComparison.Ordinal)
        && !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal);
}
