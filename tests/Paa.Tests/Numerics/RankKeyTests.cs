using Paa.Numerics;

namespace Paa.Tests.Numerics;

public class RankKeyTests
{
    static readonly float[] Ascending = [float.MinValue, -2, -1e-30f, -0f, 1e-30f, 0.5f, 1, float.MaxValue];

    [Fact]
    public void Keys_OrderByNumber()
    {
        for (var i = 1; i < Ascending.Length; i++)
        {
            Assert.True(RankKey.Ascending(Ascending[i - 1], 9) < RankKey.Ascending(Ascending[i], 3));
            Assert.True(RankKey.Descending(Ascending[i], 9) < RankKey.Descending(Ascending[i - 1], 3));
        }
    }

    [Fact]
    public void Keys_OfEqualNumbers_OrderByIndex()
    {
        Assert.True(RankKey.Ascending(0f, 1) < RankKey.Ascending(-0f, 2));
        Assert.True(RankKey.Ascending(-0f, 1) < RankKey.Ascending(0f, 2));
        Assert.True(RankKey.Descending(0.5f, 1) < RankKey.Descending(0.5f, 2));
    }

    [Fact]
    public void Keys_GiveBackNumberAndIndex()
    {
        foreach (var value in Ascending)
        {
            Assert.Equal(value, RankKey.AscendingValue(RankKey.Ascending(value, 7)));
            Assert.Equal(value, RankKey.DescendingValue(RankKey.Descending(value, 7)));
            Assert.Equal(int.MaxValue, RankKey.Index(RankKey.Descending(value, int.MaxValue)));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(1000)]
    public void BestFirst_TakesInAscendingOrderAndKeepsAllKeys(int count)
    {
        var random = new Random(count);
        ulong[] keys = [.. Enumerable.Range(0, count).Select(_ => (ulong)random.Next(300))];
        ulong[] sorted = [.. keys.Order()];
        var queue = new BestFirst(keys);
        foreach (var expected in sorted)
        {
            Assert.True(queue.TryTake(out var key));
            Assert.Equal(expected, key);
        }
        Assert.False(queue.TryTake(out _));
        Assert.Equal(sorted, keys.Order());
    }
}
