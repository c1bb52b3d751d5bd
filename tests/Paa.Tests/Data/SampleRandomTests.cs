using Paa.Data;

namespace Paa.Tests.Data;

public sealed class SampleRandomTests
{
    [Fact]
    public void Numbers_NeverChange()
    {
        // The order of every training run depends on these: a change breaks exact resumption.
        var random = new SampleRandom(seed: 1, epoch: 2, index: 3);
        Assert.Equal([random.NextBits(), random.NextBits()], new[] { 0xBFAC9AB21638028FUL, 0x7F0492B9B7ECCFF1UL });
    }

    [Fact]
    public void Keys_ThatDifferInOnePart_GiveDifferentNumbers()
    {
        var numbers = new HashSet<ulong>();
        for (var seed = 0; seed < 10; seed++)
            for (var epoch = 0; epoch < 10; epoch++)
                for (var index = -1; index < 10; index++) numbers.Add(new SampleRandom(seed, epoch, index).NextBits());
        Assert.Equal(10 * 10 * 11, numbers.Count);
    }

    [Fact]
    public void NextInt_IsUniform()
    {
        var random = new SampleRandom(0, 0, 0);
        var counts = new int[7];
        for (var i = 0; i < 70_000; i++) counts[random.NextInt(7)]++;
        Assert.All(counts, count => Assert.InRange(count, 9_600, 10_400));
    }

    [Fact]
    public void NextDouble_LiesBetweenZeroAndOne()
    {
        var random = new SampleRandom(5, 0, 0);
        double[] numbers = [.. Enumerable.Range(0, 10_000).Select(_ => random.NextDouble())];
        Assert.All(numbers, number => Assert.InRange(number, 0, 1 - 1e-16));
        Assert.Equal(0.5, numbers.Average(), 2);
    }

    [Fact]
    public void Shuffle_KeepsTheItems()
    {
        int[] items = [.. Enumerable.Range(0, 100)];
        new SampleRandom(3, 0, 0).Shuffle<int>(items);
        Assert.NotEqual(Enumerable.Range(0, 100), items);
        Assert.Equal(Enumerable.Range(0, 100), items.Order());
    }
}
