using Paa.Boxes;
using Paa.Dnn;
using Paa.Models;

namespace Paa.Engines;

/// <summary>A network compiled for the CPU: batch norms folded, layers fused, maps kept in the layout of the kernels, in single
/// precision or in 8-bit integers.</summary>
/// <remarks>
/// Each input size has a plan of its own, made when it is first met; the least recently used of more than
/// <see cref="MaxPlans"/> is forgotten. May be used from several threads: they take turns, since one image uses all cores.
/// </remarks>
/// <param name="network">The network.</param>
/// <param name="weights">Its weights, for all plans.</param>
/// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
/// <param name="ownsWeights">Whether they are freed with this; else they are borrowed.</param>
sealed class CompiledNetwork(
    PaaDetector network, PlanWeights weights, QuantizationParameters? quantization = null, bool ownsWeights = false)
    : IDetectorNetwork
{
    const int MaxPlans = 16;

    readonly OrderedDictionary<(int Images, ImageSize Size), Compilation> _plans = [];      // least recently used first
    readonly Lock _turn = new();

    /// <summary>Whether some layers compute in 8-bit integers.</summary>
    public bool IsInt8 => quantization is { Layers.Count: > 0 };

    /// <inheritdoc/>
    public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
    {
        lock (_turn) return Plan(images, size).Run(pixels, images);
    }

    /// <summary>Frees plans and weights.</summary>
    public void Dispose()
    {
        foreach (var plan in _plans.Values) plan.Dispose();
        if (ownsWeights) weights.Dispose();
    }

    Compilation Plan(int images, ImageSize size)
    {
        if (!_plans.Remove((images, size), out var plan)) plan = Compilation.Of(network, weights, images, size, quantization);
        _plans.Add((images, size), plan);
        if (_plans.Count > MaxPlans)
        {
            _plans.GetAt(0).Value.Dispose();
            _plans.RemoveAt(0);
        }
        return plan;
    }
}

/// <summary>The plan of a network for one input size, with the way from its outputs to those of the head.</summary>
/// <param name="plan">Compiled. Owned.</param>
/// <param name="outputs">Maps of the plan: the outputs of the head, level by level.</param>
sealed class Compilation(DnnPlan plan, HeadOutputs<PlanMap> outputs) : IDisposable
{
    /// <summary>Records and compiles a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its weights. Borrowed.</param>
    /// <param name="images">Images of every run.</param>
    /// <param name="size">H and W.</param>
    /// <param name="quantization">What to compute in 8-bit integers; null: nothing.</param>
    /// <param name="trace">Hears of every layer and map, all of which are then observed; null: nobody does.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="DnnException">A layer cannot be compiled.</exception>
    public static Compilation Of(PaaDetector network, PlanWeights weights, int images, ImageSize size,
        QuantizationParameters? quantization = null, PlanTrace? trace = null)
    {
        var plan = weights.Engine.CreatePlan(images);
        try
        {
            var recorder = new PlanRecorder(plan, weights, quantization, trace);
            var outputs = network.Forward(recorder, recorder.Input(channels: 3, size.Height, size.Width));
            for (var i = 0; i < outputs.ClassLogits.Length; i++)
            {
                plan.Output(outputs.ClassLogits[i].Map);
                plan.Output(outputs.BoxDeltas[i].Map);              // and the IoU logits in further channels
            }
            foreach (var map in trace?.Maps ?? []) plan.Observe(map.Map);
            plan.Compile();
            return new Compilation(plan, outputs);
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>Runs the network.</summary>
    /// <param name="pixels">[images, 3, H, W] in row order.</param>
    /// <param name="images">As it was compiled for.</param>
    public LevelOutput[][] Run(ReadOnlySpan<float> pixels, int images)
    {
        var maps = plan.Run(pixels);
        return [.. Enumerable.Range(0, images).Select(image =>
            Enumerable.Range(0, outputs.ClassLogits.Length).Select(level => Level(level, image)).ToArray())];

        LevelOutput Level(int level, int image)
        {
            var (classLogits, deltas, ious) = (outputs.ClassLogits[level], outputs.BoxDeltas[level], outputs.IouLogits[level]);
            var (classes, boxes) = (maps[2 * level], maps[2 * level + 1]);
            return new LevelOutput(classLogits.Of(classes, image, images), deltas.Of(boxes, image, images),
                ious.Of(boxes, image, images), new ImageSize(classLogits.Map.Height, classLogits.Map.Width));
        }
    }

    /// <summary>What was observed of a map in the runs so far.</summary>
    public MapStatistics Observed(DnnMap map) => plan.Observed(map);

    /// <summary>Frees the plan.</summary>
    public void Dispose() => plan.Dispose();
}
