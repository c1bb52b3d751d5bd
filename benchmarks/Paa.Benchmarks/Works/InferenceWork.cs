using Paa.Data;
using Paa.Engines;
using Paa.Inference;
using Paa.Quantization;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Benchmarks.Works;

/// <summary>From normalised pixels to detections: network and post-processing.</summary>
/// <remarks>
/// Settings: those of <see cref="Workload"/>; <c>engine=onnx</c> for ONNX Runtime and <c>engine=torch</c> for libtorch instead of
/// oneDNN's plan, <c>int8=1</c> for 8-bit integers. What only the others need is freed before the network is made.
/// </remarks>
sealed class InferenceWork : IWork
{
    readonly Workload _workload;
    readonly IDetectorNetwork _network;
    readonly float[] _pixels;
    readonly PostProcessor _processor;

    public InferenceWork(WorkSettings settings)
    {
        _workload = new Workload(WorkloadOptions.From(settings));
        _workload.Detector.Eval();
        _workload.SilenceUntrainedClasses();
        _pixels = _workload.Images.ToArray<float>();
        _network = Create(settings.Text("engine"), settings.IsOn("int8"));
        var options = _workload.Detector.Network.Options;
        _processor = new PostProcessor(options.PostProcessing, options.Head.ClassCount, options.Profile);
    }

    /// <summary>The peer has other random weights.</summary>
    public double? Answer => null;

    public void Run()
    {
        foreach (var levels in _network.Infer(_pixels, _workload.Options.Batch, _workload.Size))
            _processor.Process([new ViewOutput(levels, _workload.Grid, ImageGeometry.Unchanged(_workload.Size))], voting: true);
    }

    IDetectorNetwork Create(string engine, bool isInt8)
    {
        if (engine == "torch") return new TorchNetwork(_workload.Detector);
        var (network, quantization) = (_workload.Detector.Network, isInt8 ? Quantize() : null);
        var weights = _workload.Detector.ToStateDict();
        _workload.Dispose();
        ForgetPeakMemory();
        return (engine == "onnx" ? InferenceEngine.Onnx : InferenceEngine.OneDnn)
            .Create(network, weights, quantization, TorchRuntime.ThreadCount);
    }

    /// <summary>Lets the peak of the process's memory begin anew: what libtorch and quantising took is no part of an
    /// engine's.</summary>
    static void ForgetPeakMemory()
    {
        const string control = "/proc/self/clear_refs", peak = "5";
        GC.Collect();
        if (File.Exists(control)) File.WriteAllText(control, peak);
    }

    /// <summary>Ranges from the workload's own image: the weights are random anyway.</summary>
    QuantizationParameters Quantize()
    {
        using var quantizer = new Quantizer(
            _workload.Detector.Network, _workload.Detector.ToStateDict(), new QuantizerOptions { SensitivityImages = 0 });
        quantizer.Observe(_pixels.AsSpan(0, 3 * _workload.Size.Area), _workload.Size);
        return quantizer.Quantize().Parameters;
    }

    public void Dispose()
    {
        _network.Dispose();
        _workload.Dispose();
    }
}
