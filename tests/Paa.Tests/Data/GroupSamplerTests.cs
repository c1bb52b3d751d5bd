using Paa.Data;

namespace Paa.Tests.Data;

public sealed class GroupSamplerTests
{
    /// <summary>Every third image is wide; squares are not.</summary>
    static readonly CocoImage[] Images = [.. Enumerable.Range(0, 50).Select(i =>
        new CocoImage(i, $"{i}.jpg", i % 3 == 0 ? 200 : 100, 100, 0))];

    static GroupSampler Sampler(int batchSize = 4, long seed = 1) => new(Images, [.. Enumerable.Range(0, 50)], batchSize, seed);

    [Fact]
    public void Batches_HoldImagesOfOneGroupOnly()
    {
        foreach (var batch in Sampler().Batches(0))
        {
            Assert.Equal(4, batch.Length);
            Assert.Single(batch.Select(i => Images[i].IsWide).Distinct());
        }
    }

    [Fact]
    public void Batches_HoldEveryImage_AndRepeatOnlyToFillUp()
    {
        // 17 wide images and 33 others make 5 + 9 batches of 4.
        var sampler = Sampler();
        Assert.Equal(14, sampler.BatchCount);
        int[] all = [.. sampler.Batches(3).SelectMany(batch => batch)];
        Assert.Equal(56, all.Length);
        Assert.Equal(Enumerable.Range(0, 50), all.Distinct().Order());
    }

    [Fact]
    public void Batches_DependOnSeedAndEpochOnly()
    {
        Assert.Equal(Sampler().Batches(2), Sampler().Batches(2));
        Assert.NotEqual(Sampler().Batches(2), Sampler().Batches(3));
        Assert.NotEqual(Sampler().Batches(2), Sampler(seed: 2).Batches(2));
    }

    [Fact]
    public void Batches_MixTheGroups() =>
        Assert.True(Sampler().Batches(0).Select(batch => Images[batch[0]].IsWide).Aggregate(
            (Changes: 0, Last: false), (s, isWide) => (s.Changes + (isWide != s.Last ? 1 : 0), isWide)).Changes > 2);

    [Fact]
    public void Batches_OfOneGroup_LeaveNoneEmpty()
    {
        var sampler = new GroupSampler(Images, [0, 3, 6], 2, 0);
        Assert.Equal(2, sampler.BatchCount);
        Assert.Equal(2, sampler.Batches(0).Length);
    }

    [Fact]
    public void Replacements_AreTheNextOfTheGroup_ThenTheOtherGroup()
    {
        var replacements = new GroupSampler(Images, [0, 1, 3, 5, 6, 9], 2, 0).Replacements(6);
        Assert.Equal([9, 0, 3, 1, 5], replacements);
    }

    [Fact]
    public void SequentialSampler_TakesEveryImageOnce()
    {
        var sampler = new SequentialSampler(5, 2);
        Assert.Equal(3, sampler.BatchCount);
        Assert.Equal([[0, 1], [2, 3], [4]], sampler.Batches(0));
    }
}
