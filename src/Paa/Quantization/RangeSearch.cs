using Paa.Dnn;
using Paa.Engines;

namespace Paa.Quantization;

/// <summary>Chooses the step of a map from the values that it had.</summary>
static class RangeSearch
{
    const double Percentile = 0.9999;
    const int UnsignedMost = byte.MaxValue;
    const int SignedMost = sbyte.MaxValue;

    /// <summary>The integers of a map; null if it never had a value other than 0.</summary>
    public static MapQuantization? Find(MapStatistics map, RangeMethod method)
    {
        if (map.Limit <= 0 || map.Bins.AsSpan(1).IndexOfAnyExcept(0L) < 0) return null;
        var isSigned = map.Least < 0;
        var most = isSigned ? SignedMost : UnsignedMost;
        var last = Array.FindLastIndex(map.Bins, count => count > 0) + 1;        // bins in use
        var bins = map.Bins.AsSpan(0, last);
        var used = method switch
        {
            RangeMethod.Mse => LeastError(bins, most),
            RangeMethod.Entropy => LeastDivergence(bins, most),
            RangeMethod.Percentile => Quantile(bins),
            _ => last,
        };
        return new MapQuantization(map.Limit / MapStatistics.BinCount * used / most, isSigned);
    }

    /// <summary>Bins that hold most of the values.</summary>
    static int Quantile(ReadOnlySpan<long> bins)
    {
        var wanted = Sum(bins) * Percentile;
        long sum = 0;
        for (var i = 0; i < bins.Length; i++)
            if ((sum += bins[i]) >= wanted) return i + 1;
        return bins.Length;
    }

    /// <summary>
    /// The range with the least squared error: a value inside is off by step² / 12 in the mean, one outside by its distance from
    /// the range.
    /// </summary>
    static int LeastError(ReadOnlySpan<long> bins, int most)
    {
        var (best, least) = (bins.Length, double.PositiveInfinity);
        // Sums over the bins outside the range: how many, their places, and the squares of these.
        double outside = 0, places = 0, squares = 0;
        var all = (double)Sum(bins);
        for (var used = bins.Length; used > 0; used--)
        {
            var step = (double)used / most;                                       // in bins
            var clipped = squares - (2 * used * places) + ((double)used * used * outside);
            // 0 is exact whatever the step; it lies in the first bin.
            var error = clipped + (step * step / 12 * (all - outside - bins[0]));
            if (error < least) (best, least) = (used, error);
            var (count, place) = (bins[used - 1], used - 0.5);
            outside += count;
            places += count * place;
            squares += count * place * place;
        }
        return best;
    }

    /// <summary>The range whose distribution, with the outside at its end, is kept best by the integers.</summary>
    static int LeastDivergence(ReadOnlySpan<long> bins, int most)
    {
        const int Stride = 8;                                                     // bins from one candidate to the next
        var (best, least) = (bins.Length, double.PositiveInfinity);
        var outside = 0L;
        var next = bins.Length;
        for (var used = bins.Length; used > most; used -= Stride)
        {
            while (next > used) outside += bins[--next];
            var divergence = Divergence(bins[..used], outside, most);
            if (divergence < least) (best, least) = (used, divergence);
        }
        return best;
    }

    /// <summary>Of the values in a range, clipped, and their mean over the bins of each integer.</summary>
    static double Divergence(ReadOnlySpan<long> range, long outside, int levels)
    {
        double inside = Sum(range) - range[0];                                    // zeros are exact
        var all = inside + outside;
        if (inside <= 0) return double.PositiveInfinity;
        double divergence = 0;
        for (var level = 0; level < levels; level++)
        {
            var (start, end) = (Math.Max(1, level * range.Length / levels), (level + 1) * range.Length / levels);
            long count = 0;
            var filled = 0;
            for (var i = start; i < end; i++)
            {
                count += range[i];
                if (range[i] > 0) filled++;
            }
            if (filled == 0) continue;
            var kept = count / inside / filled;
            for (var i = start; i < end; i++)
            {
                var own = (range[i] + (i == range.Length - 1 ? outside : 0)) / all;
                if (own > 0) divergence += own * Math.Log(own / (range[i] > 0 ? kept : 1 / (all * all)));
            }
        }
        return divergence;
    }

    static long Sum(ReadOnlySpan<long> bins)
    {
        long sum = 0;
        foreach (var count in bins) sum += count;
        return sum;
    }
}
