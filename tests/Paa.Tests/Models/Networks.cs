using Paa.Engines;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Tests.Models;

/// <summary>Networks for inference from detectors of libtorch.</summary>
static class Networks
{
    /// <summary>A detector with its present weights, compiled for oneDNN.</summary>
    public static CompiledNetwork Compile(this TorchDetector detector, QuantizationParameters? quantization = null) =>
        (CompiledNetwork)InferenceEngine.OneDnn.Create(
            detector.Network, detector.ToStateDict(), quantization, TorchRuntime.ThreadCount);
}
