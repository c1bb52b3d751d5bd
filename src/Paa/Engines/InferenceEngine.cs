using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Models;
using Paa.Onnx;

namespace Paa.Engines;

/// <summary>A network with its weights, ready to run on images, by whichever engine.</summary>
/// <remarks>May be used from several threads at once. Dispose frees what it holds.</remarks>
public interface IDetectorNetwork : IDisposable
{
    /// <summary>Runs the network.</summary>
    /// <param name="pixels">Normalised RGB, [images, 3, H, W] in row order.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="size">H and W.</param>
    /// <returns>For each image the outputs of each level, finest first.</returns>
    LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size);
}

/// <summary>What computes a network in inference. Engines are tried in the order of
/// <see cref="InferenceOptions.Engines"/>.</summary>
public abstract class InferenceEngine
{
    /// <summary>Plans compiled for each input size on oneDNN: the fastest on a CPU, where its library is.</summary>
    public static InferenceEngine OneDnn { get; } = new OneDnnEngine();

    /// <summary>ONNX Runtime on the processor: on every system, and for every network.</summary>
    public static InferenceEngine Onnx { get; } = new OnnxEngine(OnnxDevice.Cpu);

    /// <summary>ONNX Runtime on a device that its package has.</summary>
    /// <param name="device">Such as <c>OnnxDevice.Parse("cuda:1")</c>.</param>
    public static InferenceEngine OnnxOn(OnnxDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new OnnxEngine(device);
    }

    /// <summary>Its name on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Why it cannot compute a network, to end a sentence with; null if it can.</summary>
    /// <param name="network">The network.</param>
    public abstract string? Obstacle(PaaDetector network);

    /// <summary>Why it cannot compute a network on 8-bit integers; null if it can. Asked only where there is no
    /// <see cref="Obstacle"/>.</summary>
    /// <param name="network">The network.</param>
    public abstract string? Int8Obstacle(PaaDetector network);

    /// <summary>Prepares a network for inference.</summary>
    /// <param name="network">One for which there is no <see cref="Obstacle"/>.</param>
    /// <param name="weights">All its parameters, by name. Held, and read when an input size is new.</param>
    /// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
    /// <param name="threadCount">Threads that compute, at least 1.</param>
    /// <returns>The caller owns it.</returns>
    public abstract IDetectorNetwork Create(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization, int threadCount);

    /// <summary>Its name.</summary>
    public override string ToString() => Name;
}

/// <summary>No engine can compute a detector as it was asked for.</summary>
/// <param name="message">Which engine, and why not.</param>
public sealed class EngineException(string message) : Exception(message);
