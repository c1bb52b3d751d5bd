using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Engines;

namespace Paa.Detectors;

/// <summary>Checkpoints of quantised detectors: those of the original with what <c>Quantizer</c> found.</summary>
/// <remarks>
/// The weights stay in single precision under their names, for machines and programs that cannot use the integers; these follow
/// from weights and steps. The state of the optimiser is left out.
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
        var meta = Copy(weights.Meta.Values);
        var own = PaaMeta.Of(weights.Meta);
        own.Quantization = QuantizationGraph.Write(parameters);
        if (config is not null)
        {
            own.Config = ConfigWriter.ToYaml(config.Config);
            meta["CLASSES"] = new PickleTuple([.. config.Classes]);
        }
        own.AddTo(meta);
        TorchFile.Write(target, new PickleDict { { "meta", meta }, { "state_dict", weights.ToGraph() } });
    }

    static PickleDict Copy(PickleDict values)
    {
        var copy = new PickleDict { IsOrderedDict = values.IsOrderedDict };
        foreach (var (key, value) in values) copy.Add(key, value);
        return copy;
    }
}
