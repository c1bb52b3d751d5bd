using Paa.Data;
using Paa.Engines;
using Paa.Inference;
using Paa.Quantization;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Benchmarks.Works;

/// <summary>From normalised pixels to detections: network and post-processing.</summary>
/// <remarks>
/// Settings: those of <see cref="Workload"/>; <c>torch=1</c> for libtorch instead of the compiled plan, <c>int8=1</c> for 8-bit
/// integers.
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
        _network = settings.IsOn("torch")
            ? new TorchNetwork(_workload.Detector)
            : InferenceEngine.OneDnn.Create(_workload.Detector.Network, _workload.Detector.ToStateDict(),
                settings.IsOn("int8") ? Quantize() : null, TorchRuntime.ThreadCount);
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
