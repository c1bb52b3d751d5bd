using Paa.Dnn;
using Paa.Engines;
using Paa.Quantization;

namespace Paa.Tests.Quantization;

public sealed class RangeSearchTests
{
    const float Limit = 4;
    const float Bin = Limit / MapStatistics.BinCount;

    [Fact]
    public void Max_CoversAllValues()
    {
        var map = Map(least: 0, (1, 5), (1023, 7), (0, 100));
        Assert.Equal(new MapQuantization(1024 * Bin / 255, IsSigned: false), RangeSearch.Find(map, RangeMethod.Max));
        var signed = map with { Least = -1 };
        Assert.Equal(new MapQuantization(1024 * Bin / 127, IsSigned: true), RangeSearch.Find(signed, RangeMethod.Max));
    }

    [Fact]
    public void Percentile_LeavesOutOneInTenThousand()
    {
        Assert.Equal(100 * Bin / 255, RangeSearch.Find(Map(0, (99, 9999), (1500, 1)), RangeMethod.Percentile)!.Scale);
        Assert.Equal(1501 * Bin / 255, RangeSearch.Find(Map(0, (99, 9998), (1500, 2)), RangeMethod.Percentile)!.Scale);
    }

    /// <summary>Against the error of every range, summed value by value.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(-2)]
    public void Mse_HasTheLeastError(float least)
    {
        var random = new Random(3);
        int[] values = [.. Enumerable.Range(0, 20_000)
            .Select(_ => (int)Math.Min(2047, -Math.Log(1 - random.NextDouble()) * 200))];
        var map = Map(least, [.. values.CountBy(value => value).Select(pair => (pair.Key, (long)pair.Value))]);
        var most = least < 0 ? 127 : 255;
        var best = Enumerable.Range(1, MapStatistics.BinCount).MinBy(used => values.Where(value => value > 0).Sum(value =>
            value < used ? Math.Pow((double)used / most, 2) / 12 : Math.Pow(value + 0.5 - used, 2)));
        var found = RangeSearch.Find(map, RangeMethod.Mse)!;
        Assert.InRange(best, 100, 2000);                                        // clips something
        Assert.Equal(best * Bin / most, found.Scale, tolerance: 2 * Bin / most);
    }

    [Fact]
    public void Entropy_ClipsALongTail_AndKeepsAFlatRange()
    {
        (int, long)[] flat = [.. Enumerable.Range(0, 1000).Select(bin => (bin, 1000L))];
        Assert.Equal(1000 * Bin / 255, RangeSearch.Find(Map(0, flat), RangeMethod.Entropy)!.Scale, tolerance: 8 * Bin / 255);
        (int, long)[] bell = [.. Enumerable.Range(0, 2048).Select(bin => (bin, (long)(1e6 * Math.Exp(-bin * bin / 2e4))))];
        var tail = RangeSearch.Find(Map(0, [.. bell, (2040, 1)]), RangeMethod.Entropy)!;
        Assert.InRange(tail.Scale, 250 * Bin / 255, 1000 * Bin / 255);           // two and a half to ten deviations
    }

    [Theory]
    [InlineData(RangeMethod.Mse)]
    [InlineData(RangeMethod.Entropy)]
    [InlineData(RangeMethod.Percentile)]
    [InlineData(RangeMethod.Max)]
    public void Map_WithoutValues_HasNoRange(RangeMethod method)
    {
        Assert.Null(RangeSearch.Find(Map(0, (0, 50)), method));
        Assert.Null(RangeSearch.Find(Map(0, (0, 50)) with { Limit = 0 }, method));
        Assert.True(RangeSearch.Find(Map(0, (7, 1)), method)!.Scale > 0);
    }

    [Fact]
    public void Records_OfDifferentLimits_AreJoined()
    {
        var record = new MapRecord();
        record.Add(new MapStatistics(Bins((1024, 2)), Limit, -1, [1, 3]));        // 2.0, one position of two channels
        record.Add(new MapStatistics(Bins((512, 4)), 4 * Limit, 0, [4, 6]));      // 4.0, two positions
        var joined = record.Statistics;
        Assert.Equal((4 * Limit, -1f), (joined.Limit, joined.Least));
        Assert.Equal(((256, 2L), (512, 4L)), ((256, joined.Bins[256]), (512, joined.Bins[512])));
        Assert.Equal([3.0, 5.0], joined.Means);
        record.Add(new MapStatistics(Bins((2047, 2)), Limit, 0, [0, 0]));         // narrower again
        Assert.Equal(2, record.Statistics.Bins[511]);
    }

    static MapStatistics Map(float least, params (int Bin, long Count)[] counts) => new(Bins(counts), Limit, least, [0]);

    static long[] Bins(params (int Bin, long Count)[] counts)
    {
        var bins = new long[MapStatistics.BinCount];
        foreach (var (bin, count) in counts) bins[bin] += count;
        return bins;
    }
}
