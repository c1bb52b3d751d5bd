using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Models;
using Paa.Onnx;

namespace Paa.Engines;

/// <summary>Detection by ONNX Runtime, on every system that it is made for and on whatever its package has.</summary>
/// <param name="device">Where it computes.</param>
sealed class OnnxEngine(OnnxDevice device) : InferenceEngine
{
    /// <inheritdoc/>
    public override string Name => "onnx";

    /// <inheritdoc/>
    public override string? Obstacle(PaaDetector network)
    {
        try
        {
            return device.Obstacle;
        }
        catch (OnnxException error)
        {
            return error.Message.TrimEnd('.');
        }
    }

    /// <inheritdoc/>
    public override string? Int8Obstacle(PaaDetector network) =>
        !device.IsCpu || OnnxRuntime.HasInt8 ? null : "the processor has no VNNI, without which its 8-bit products overflow";

    /// <inheritdoc/>
    public override IDetectorNetwork Create(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization, int threadCount)
    {
        try
        {
            return new OnnxNetwork(
                network, weights, quantization, new OnnxSessionOptions { ThreadCount = threadCount, Device = device });
        }
        catch (OnnxException error)
        {
            throw new EngineException($"The engine {Name} cannot compute the network: {error.Message}");
        }
    }
}

/// <summary>A network as one graph in ONNX Runtime, for all sizes.</summary>
/// <remarks>May be used from several threads, which compute at the same time.</remarks>
sealed class OnnxNetwork : IDetectorNetwork
{
    readonly OnnxSession _session;

    /// <summary>Records the network and prepares it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its parameters. Borrowed, and not needed afterwards.</param>
    /// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
    /// <param name="options">How it is computed.</param>
    /// <exception cref="OnnxException">ONNX Runtime cannot compute it.</exception>
    public OnnxNetwork(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization, OnnxSessionOptions options)
    {
        IsInt8 = quantization is { Layers.Count: > 0 };
        _session = Open();
        GC.Collect();                       // the bytes

        OnnxSession Open()
        {
            var bytes = Record(network, weights, quantization).ToBytes();
            GC.Collect();                   // the folded weights, which are as large as each copy that is made now
            return new OnnxSession(bytes, options);
        }
    }

    /// <summary>Whether some layers compute in 8-bit integers.</summary>
    public bool IsInt8 { get; }

    /// <summary>The graph of a network: from normalised images to the outputs of the head, three a level.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its parameters. Borrowed.</param>
    /// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
    /// <param name="isHalf">Whether the rest is computed in half precision.</param>
    public static OnnxModel Record(
        PaaDetector network, StateDict weights, QuantizationParameters? quantization = null, bool isHalf = false)
    {
        var model = new OnnxModel(OnnxRecorder.Opset(network), "paa");
        var graph = model.Graph;
        var images = graph.Input("images", OnnxType.Float32, "batch", 3, "height", "width");
        var outputs = new OnnxRecorder(graph, weights, quantization, isHalf).Record(network, images);
        for (var i = 0; i < outputs.ClassLogits.Length; i++)
        {
            Output(outputs.ClassLogits[i], "class_logits", network.Options.Head.ClassCount, i);
            Output(outputs.BoxDeltas[i], "box_deltas", 4, i);
            Output(outputs.IouLogits[i], "iou_logits", 1, i);
        }
        return model;

        void Output(OnnxValue map, string name, int channels, int level) => graph.Output(
            map, $"{name}_{level}", OnnxType.Float32, "batch", channels, $"height_{level}", $"width_{level}");
    }

    /// <inheritdoc/>
    public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
    {
        using var results = _session.Run(pixels, [images, 3, size.Height, size.Width]);
        var outputs = new LevelOutput[images][];
        for (var image = 0; image < images; image++)
        {
            outputs[image] = new LevelOutput[results.Count / 3];
            for (var level = 0; level < outputs[image].Length; level++)
            {
                var first = 3 * level;
                var dims = results.Dims(first);
                outputs[image][level] = new LevelOutput(Of(first, image), Of(first + 1, image), Of(first + 2, image),
                    new ImageSize((int)dims[2], (int)dims[3]));
            }
        }
        return outputs;

        float[] Of(int output, int image)
        {
            var values = results.Values<float>(output);
            var length = values.Length / images;
            return values.Slice(image * length, length).ToArray();
        }
    }

    /// <summary>Frees the graph.</summary>
    public void Dispose() => _session.Dispose();
}
