using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Engines;
using Paa.Models;

namespace Paa.Detectors;

/// <summary>Checkpoints of quantised detectors: those of the original with what <c>Quantizer</c> found.</summary>
/// <remarks>
/// Weights that are computed as integers are stored as integers, in the form of PyTorch's per-channel quantised tensors;
/// everything else stays in single precision. Where integers cannot be computed, what they stand for is used in single
/// precision. The state of the optimiser is left out.
/// </remarks>
public static class QuantizedCheckpoint
{
    /// <summary>Writes the checkpoint, whole or not at all.</summary>
    /// <param name="source">The checkpoint that was quantised.</param>
    /// <param name="target">A <c>.pth</c>; replaced if it exists.</param>
    /// <param name="parameters">What was found.</param>
    /// <param name="config">Stored in the file where it is another one than the source has; null to keep the source's.</param>
    /// <exception cref="CheckpointException">The source cannot be read or the target not be written.</exception>
    public static void Write(
        string source, string target, QuantizationParameters parameters, DetectorConfig? config = null)
    {
        var weights = StateDict.Load(source);
        var network = config is null ? DetectorFile.Load(weights, source).Network : new PaaDetector(config.Config.Model);
        var meta = Copy(weights.Meta.Values);
        var own = PaaMeta.Of(weights.Meta);
        own.Quantization = QuantizationGraph.Write(parameters);
        if (config is not null)
        {
            own.Config = ConfigWriter.ToYaml(config.Config);
            meta["CLASSES"] = new PickleTuple([.. config.Classes]);
        }
        own.AddTo(meta);
        var stored = IntegerWeights.Of(weights, network, parameters);
        TorchFile.Write(target, new PickleDict { { "meta", meta }, { "state_dict", stored.ToGraph() } });
    }

    static PickleDict Copy(PickleDict values)
    {
        var copy = new PickleDict { IsOrderedDict = values.IsOrderedDict };
        foreach (var (key, value) in values) copy.Add(key, value);
        return copy;
    }
}
