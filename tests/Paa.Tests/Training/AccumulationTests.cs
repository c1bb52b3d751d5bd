using Paa.Training;

namespace Paa.Tests.Training;

public class AccumulationTests
{
    [Theory]
    [InlineData(5, 1, "0/1 0/1 0/1 0/1 0/1")]
    [InlineData(5, 2, "0/2 1/2 0/2 1/2 0/1")]
    [InlineData(5, 8, "0/5 1/5 2/5 3/5 4/5")]
    [InlineData(6, 3, "0/3 1/3 2/3 0/3 1/3 2/3")]
    public void Of_DividesAnEpochIntoUpdates(int batchCount, int iterations, string expected)
    {
        var parts = Enumerable.Range(0, batchCount).Select(batch => Accumulation.Of(batch, batchCount, iterations)).ToArray();
        Assert.Equal(expected, string.Join(' ', parts.Select(part => $"{part.Index}/{part.Count}")));
        Assert.Equal(parts.Count(part => part.IsFirst), parts.Count(part => part.IsLast));
        Assert.True(parts[^1].IsLast);
    }
}
