using Paa.Dnn;

namespace Paa.Quantization;

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

    /// <summary>Adds what a plan saw. Where ranges differ, the narrower one's bins are counted at their place in the wider.</summary>
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
