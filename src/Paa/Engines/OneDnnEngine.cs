using Paa.Checkpoints;
using Paa.Dnn;
using Paa.Models;

namespace Paa.Engines;

/// <summary>Detection on the CPU by oneDNN, in single precision or in 8-bit integers.</summary>
sealed class OneDnnEngine : InferenceEngine
{
    /// <inheritdoc/>
    public override string Name => "onednn";

    /// <inheritdoc/>
    public override string? Obstacle(PaaDetector network)
    {
        if (network.Layers.OfType<ConvolutionLayer>().Any(layer => layer.Offsets is not null))
            return "the network has deformable convolutions";
        try
        {
            _ = DnnEngine.Versions;
            return null;
        }
        catch (DnnException error)
        {
            return error.Message.TrimEnd('.');
        }
    }

    /// <inheritdoc/>
    public override string? Int8Obstacle(PaaDetector network) =>
        DnnEngine.HasInt8 ? null : $"the processor has no VNNI, or oneDNN may not use it ({DnnEngine.Versions})";

    /// <inheritdoc/>
    public override IDetectorNetwork Create(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization, int threadCount) =>
        new CompiledNetwork(network, new PlanWeights(weights, threadCount), quantization, ownsWeights: true);
}
