using Paa.Boxes;
using Paa.Dnn;
using Paa.Models;

namespace Paa.Quantization;

/// <summary>Runs a network in single precision and keeps the statistics of all its maps.</summary>
/// <param name="detector">In evaluation mode. Borrowed.</param>
/// <param name="weights">Its weights. Borrowed.</param>
sealed class Calibrator(PaaDetector detector, EngineWeights weights) : IDisposable
{
    const int MaxPlans = 8;

    readonly Dictionary<ImageSize, (DnnPlan Plan, NetworkTrace Trace)> _plans = [];
    readonly OrderedDictionary<string, (MapRecord Record, bool IsQuantized)> _maps = [];

    /// <summary>The layers; known when an image was seen.</summary>
    public IReadOnlyDictionary<string, TracedLayer> Layers { get; private set; } = new Dictionary<string, TracedLayer>();

    /// <summary>Images that were looked at.</summary>
    public int ImageCount { get; private set; }

    /// <summary>Runs the network on one image.</summary>
    /// <param name="pixels">[1, 3, H, W] in row order.</param>
    /// <param name="size">H and W.</param>
    public void Look(ReadOnlySpan<float> pixels, ImageSize size)
    {
        if (!_plans.TryGetValue(size, out var known))
        {
            if (_plans.Count == MaxPlans) Harvest();
            _plans.Add(size, known = Compile(size));
        }
        known.Plan.Run(pixels);
        ImageCount++;
    }

    /// <summary>Every map, in the order of the network, over all images so far.</summary>
    public IReadOnlyDictionary<string, (MapRecord Record, bool IsQuantized)> Maps
    {
        get
        {
            Harvest();
            return _maps;
        }
    }

    /// <summary>Frees the plans.</summary>
    public void Dispose()
    {
        foreach (var (plan, _) in _plans.Values) plan.Dispose();
    }

    (DnnPlan Plan, NetworkTrace Trace) Compile(ImageSize size)
    {
        var (plan, trace) = (weights.Engine.CreatePlan(batch: 1), new NetworkTrace());
        try
        {
            detector.Record(new LayerRecorder(plan, weights, trace: trace), size);
            foreach (var map in trace.Maps) plan.Observe(map.Map);
            plan.Compile();
            Layers = trace.Layers;
            return (plan, trace);
        }
        catch
        {
            plan.Dispose();
            throw;
        }
    }

    /// <summary>Joins what the plans saw, and ends them.</summary>
    void Harvest()
    {
        foreach (var (plan, trace) in _plans.Values)
            using (plan)
                foreach (var (name, map, isQuantized) in trace.Maps)
                {
                    if (!_maps.TryGetValue(name, out var known)) _maps.Add(name, known = (new MapRecord(), isQuantized));
                    known.Record.Add(plan.Observed(map));
                }
        _plans.Clear();
    }
}
