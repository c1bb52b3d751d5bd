using Paa.Boxes;
using Paa.Dnn;
using Paa.Models;
using Paa.Quantization;

namespace Paa.Inference;

/// <summary>A network compiled for the CPU: batch norms folded, layers fused, maps kept in the layout of the kernels, in single
/// precision or in 8-bit integers.</summary>
/// <remarks>
/// Each input size has a plan of its own, made when it is first met; the least recently used of more than
/// <see cref="MaxPlans"/> is forgotten. May be used from several threads: they take turns, since one image uses all cores.
/// </remarks>
sealed class CompiledNetwork : IDetectorNetwork
{
    const int MaxPlans = 16;
    const int BoxChannels = 4;

    readonly PaaDetector _detector;
    readonly QuantizationParameters? _quantization;
    readonly EngineWeights _weights;
    readonly bool _ownsWeights;
    readonly OrderedDictionary<(int Images, ImageSize Size), DnnPlan> _plans = [];      // least recently used first
    readonly Lock _turn = new();

    /// <summary>Prepares the engine; weights are taken over when the first image comes.</summary>
    /// <param name="detector">In evaluation mode. Borrowed.</param>
    /// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
    /// <param name="weights">Weights of this detector that other networks use, too. Borrowed; null: its own.</param>
    public CompiledNetwork(PaaDetector detector, QuantizationParameters? quantization = null, EngineWeights? weights = null)
    {
        (_detector, _quantization, _ownsWeights) = (detector, quantization, weights is null);
        _weights = weights ?? new EngineWeights();
    }

    /// <summary>Whether some layers compute in 8-bit integers.</summary>
    public bool IsInt8 => _quantization is { Layers.Count: > 0 };

    /// <inheritdoc/>
    public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
    {
        lock (_turn)
        {
            var plan = Plan(images, size);
            var outputs = plan.Run(pixels);
            return [.. Enumerable.Range(0, images).Select(image => Levels(plan, outputs, image, images))];
        }
    }

    /// <summary>Frees plans and weights.</summary>
    public void Dispose()
    {
        foreach (var plan in _plans.Values) plan.Dispose();
        if (_ownsWeights) _weights.Dispose();
    }

    DnnPlan Plan(int images, ImageSize size)
    {
        if (!_plans.Remove((images, size), out var plan)) plan = Compile(images, size);
        _plans.Add((images, size), plan);
        if (_plans.Count > MaxPlans)
        {
            _plans.GetAt(0).Value.Dispose();
            _plans.RemoveAt(0);
        }
        return plan;
    }

    DnnPlan Compile(int images, ImageSize size)
    {
        var plan = _weights.Engine.CreatePlan(images);
        try
        {
            _detector.Record(new LayerRecorder(plan, _weights, _quantization), size);
            plan.Compile();
            return plan;
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>The outputs of one image: two maps a level, see <see cref="PaaHead.Record"/>.</summary>
    static LevelOutput[] Levels(DnnPlan plan, float[][] outputs, int image, int images)
    {
        var levels = new LevelOutput[outputs.Length / 2];
        for (var i = 0; i < levels.Length; i++)
        {
            var size = new ImageSize(plan.Outputs[2 * i].Height, plan.Outputs[2 * i].Width);
            var (classes, boxes) = (Part(outputs[2 * i], image, images), Part(outputs[2 * i + 1], image, images));
            var iouStart = BoxChannels * size.Area;
            levels[i] = new LevelOutput(classes, boxes[..iouStart], boxes[iouStart..], size);
        }
        return levels;
    }

    static ReadOnlyMemory<float> Part(float[] all, int image, int images)
    {
        var length = all.Length / images;
        return all.AsMemory(image * length, length);
    }
}
