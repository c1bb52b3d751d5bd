using Paa.Data;

namespace Paa.Tests.Data;

[Trait("Category", "Distributed")]
public sealed class DistributedGroupSamplerTests
{
    /// <summary>17 wide images and 33 others.</summary>
    static readonly CocoImage[] Images = [.. Enumerable.Range(0, 50).Select(i =>
        new CocoImage(i, $"{i}.jpg", i % 3 == 0 ? 200 : 100, 100, 0))];

    static DistributedGroupSampler Sampler(int rank, int count, int images = 50, int batchSize = 2) =>
        new(Images, [.. Enumerable.Range(0, images)], batchSize, seed: 1, new Shard(rank, count));

    [Fact]
    public void BatchCount_IsThatOfMmdetection()
    {
        // ceil(17 / 2 / 3) + ceil(33 / 2 / 3) batches on each of three processes
        for (var rank = 0; rank < 3; rank++)
        {
            Assert.Equal(3 + 6, Sampler(rank, 3).BatchCount);
            Assert.Equal(3 + 6, Sampler(rank, 3).Batches(0).Length);
        }
    }

    [Fact]
    public void Batches_OfAllProcesses_HoldEveryImageAndAreOfOneGroup()
    {
        int[][] all = [.. Enumerable.Range(0, 3).SelectMany(rank => Sampler(rank, 3).Batches(4))];
        Assert.All(all, batch => Assert.Equal(2, batch.Length));
        Assert.All(all, batch => Assert.Single(batch.Select(i => Images[i].IsWide).Distinct()));
        var times = all.SelectMany(batch => batch).GroupBy(i => i).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(50, times.Count);
        Assert.All(times.Values, count => Assert.InRange(count, 1, 2));
        Assert.Equal(54, times.Values.Sum());           // 18 wide and 36 others, filled up
    }

    [Fact]
    public void Batches_OfAGroupSmallerThanTheProcesses_RepeatIt()
    {
        int[][] all = [.. Enumerable.Range(0, 4).SelectMany(rank => Sampler(rank, 4, images: 3).Batches(0))];
        Assert.Equal(8, all.Length);                    // one wide image, two others: four batches of each group
        Assert.Equal([1, 2], all.SelectMany(batch => batch).Where(i => i != 0).Distinct().Order());
    }

    [Fact]
    public void Batches_WithoutFilling_AreThoseOfOneProcessDealtOut()
    {
        // 16 wide images and 32 others: no filling for one, two or four processes
        int[] selected = [.. Enumerable.Range(0, 48)];
        var one = new GroupSampler(Images, selected, 2, seed: 1).Batches(3);
        foreach (var count in (int[])[2, 4])
        {
            var parts = Enumerable.Range(0, count).Select(rank => Sampler(rank, count, images: 48).Batches(3)).ToArray();
            Assert.Equal(one, Enumerable.Range(0, one.Length).Select(i => parts[i % count][i / count]));
        }
    }
}
