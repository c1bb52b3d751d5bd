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

    /// <summary>A detector with its present weights, on every engine: libtorch, the plan of oneDNN, the graph in ONNX
    /// Runtime.</summary>
    public static IEnumerable<IDetectorNetwork> OnAllEngines(this TorchDetector detector)
    {
        yield return new TorchNetwork(detector);
        yield return detector.Compile();
        yield return InferenceEngine.Onnx.Create(
            detector.Network, detector.ToStateDict(), quantization: null, TorchRuntime.ThreadCount);
    }
}
