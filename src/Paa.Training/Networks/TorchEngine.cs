using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Models;
using Paa.Torch;

namespace Paa.Training.Networks;

/// <summary>Detection by libtorch, as in training: on any device and with whatever layers.</summary>
/// <param name="device">Where it computes.</param>
public sealed class TorchEngine(Device device = default) : InferenceEngine
{
    /// <inheritdoc/>
    public override string Name => "torch";

    /// <inheritdoc/>
    public override string? Obstacle(PaaDetector network)
    {
        try
        {
            _ = TorchRuntime.Version;                       // there is a libtorch, or an exception says how to get one
            return device.IsCuda && !TorchRuntime.CudaAvailable ? "this machine or this libtorch has no CUDA" : null;
        }
        catch (TorchException error)
        {
            return error.Message.TrimEnd('.');
        }
    }

    /// <inheritdoc/>
    public override string? Int8Obstacle(PaaDetector network) => "the engine torch has no int8; use onednn, onnx or auto";

    /// <inheritdoc/>
    public override IDetectorNetwork Create(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization, int threadCount)
    {
        var detector = new TorchDetector(network, device);
        try
        {
            detector.Load(WeightMatch.Of(weights, network.Parameters));
            detector.Eval();
            return new TorchNetwork(detector, threadCount, ownsDetector: true);
        }
        catch
        {
            detector.Dispose();
            throw;
        }
    }
}

/// <summary>A detector of libtorch as a network for inference.</summary>
/// <param name="detector">In evaluation mode, with the weights that it has when images come.</param>
/// <param name="threadCount">Threads of one call; null for those of the calling thread.</param>
/// <param name="ownsDetector">Whether it is freed with this; else it is borrowed.</param>
sealed class TorchNetwork(TorchDetector detector, int? threadCount = null, bool ownsDetector = false) : IDetectorNetwork
{
    /// <inheritdoc/>
    public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
    {
        using var threads = TorchRuntime.UseThreads(threadCount ?? TorchRuntime.ThreadCount);
        using var scope = new TensorScope();
        return detector.Infer(Tensor.From(pixels, images, Image.Channels, size.Height, size.Width).To(detector.Device));
    }

    /// <summary>Frees the detector, if it is owned.</summary>
    public void Dispose()
    {
        if (ownsDetector) detector.Dispose();
    }
}
