using Paa.Boxes;
using Paa.Dnn;
using Paa.Engines;
using Paa.Models;

namespace Paa.Quantization;

/// <summary>Runs a network in single precision and keeps the statistics of all its maps.</summary>
/// <param name="network">The network.</param>
/// <param name="weights">Its weights. Borrowed.</param>
sealed class Calibrator(PaaDetector network, PlanWeights weights) : IDisposable
{
    const int MaxPlans = 8;

    readonly Dictionary<ImageSize, (Compilation Plan, PlanTrace Trace)> _plans = [];
    readonly OrderedDictionary<string, (MapRecord Record, bool IsQuantized)> _maps = [];

    /// <summary>The layers; known when an image was seen.</summary>
    public IReadOnlyDictionary<string, TracedLayer> Layers { get; private set; } = new Dictionary<string, TracedLayer>();

    /// <summary>Images that were observed.</summary>
    public int ImageCount { get; private set; }

    /// <summary>Runs the network on one image.</summary>
    /// <param name="pixels">[1, 3, H, W] in row order.</param>
    /// <param name="size">H and W.</param>
    public void Observe(ReadOnlySpan<float> pixels, ImageSize size)
    {
        if (!_plans.TryGetValue(size, out var known))
        {
            if (_plans.Count == MaxPlans) Harvest();
            _plans.Add(size, known = Compile(size));
        }
        known.Plan.Run(pixels, images: 1);
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

    (Compilation Plan, PlanTrace Trace) Compile(ImageSize size)
    {
        var trace = new PlanTrace();
        var plan = Compilation.Of(network, weights, images: 1, size, trace: trace);
        Layers = trace.Layers;
        return (plan, trace);
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

/// <summary>What is known of a map over all calibration images, whatever their sizes.</summary>
sealed class MapRecord
{
    readonly long[] _bins = new long[MapStatistics.BinCount];
    double[] _sums = [];
    double _count;
    float _limit, _least;

    /// <summary>Joined statistics.</summary>
    public MapStatistics Statistics => new(_bins, _limit, _least, Means);

    /// <summary>Mean of each channel.</summary>
    public double[] Means => Array.ConvertAll(_sums, sum => sum / Math.Max(_count, 1));

    /// <summary>Values of a channel that were counted.</summary>
    public double Count => _count;

    /// <summary>Adds what a plan saw. Where ranges differ, the narrower one's bins are counted at their place in the
    /// wider.</summary>
    public void Add(MapStatistics seen)
    {
        if (seen.Limit > _limit)
        {
            var old = (long[])_bins.Clone();
            Array.Clear(_bins);
            Count(old, _limit, seen.Limit);
            _limit = seen.Limit;
        }
        Count(seen.Bins, seen.Limit, _limit);
        _least = MathF.Min(_least, seen.Least);
        var positions = (double)seen.Bins.Sum() / seen.Means.Length;
        if (_sums.Length == 0) _sums = new double[seen.Means.Length];
        for (var c = 0; c < _sums.Length; c++) _sums[c] += seen.Means[c] * positions;
        _count += positions;

        void Count(long[] bins, float limit, float wider)
        {
            for (var i = 0; i < bins.Length; i++)
                if (bins[i] > 0) _bins[wider > 0 ? (int)((i + 0.5) * limit / wider) : 0] += bins[i];
        }
    }
}
