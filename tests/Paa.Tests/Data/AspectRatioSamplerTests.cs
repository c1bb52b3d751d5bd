using Paa.Data;
using Paa.Options;

namespace Paa.Tests.Data;

public sealed class AspectRatioSamplerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly CocoDataset _dataset;

    /// <summary>50 images: every third is wide, some others square. The last five have class b, the others a.</summary>
    public AspectRatioSamplerTests()
    {
        var annotations = new CocoBuilder().AddCategory(1, "a").AddCategory(2, "b").AddCategory(3, "none");
        for (var i = 0; i < 50; i++)
        {
            var (width, height) = i % 3 == 0 ? (200, 100) : i % 4 == 0 ? (100, 100) : (100, 200);
            annotations.AddImage(i, $"{i}.jpg", width, height).AddObject(i, i < 45 ? 1 : 2, [0, 0, 10, 10]);
        }
        _dataset = CocoDataset.Load(annotations.Write(_folder["instances.json"]));
    }

    public void Dispose() => _folder.Dispose();

    AspectRatioSampler Sampler(DatasetOptions? options = null, int images = 50, int batchSize = 4, Shard? shard = null) =>
        new(_dataset, [.. Enumerable.Range(0, images)], options ?? new() { Sampler = SamplerKind.Default }, batchSize, seed: 1,
            shard ?? Shard.Whole);

    [Fact]
    public void Batches_HoldEveryImageOnce_AndAreOfOneKindUpToTheRest()
    {
        var batches = Sampler().Batches(0);
        Assert.Equal(Enumerable.Range(0, 50), batches.SelectMany(batch => batch).Order());
        Assert.Equal([.. Enumerable.Repeat(4, 12), 2], batches.Select(batch => batch.Length));
        // Squares go with the wide ones.
        bool IsHigh(int image) => _dataset.Images[image].Height > _dataset.Images[image].Width;
        Assert.All(batches[..^2], batch => Assert.Single(batch.Select(IsHigh).Distinct()));
        Assert.Contains(batches[..^2], batch => !IsHigh(batch[0]) && batch.Any(image => _dataset.Images[image].Width == 100));
    }

    [Theory]
    [InlineData(50, 4, 1)]
    [InlineData(48, 4, 1)]
    [InlineData(7, 3, 2)]
    [InlineData(3, 2, 4)]
    [InlineData(50, 3, 4)]
    public void BatchCount_IsThatOfTheBatches_InEveryProcess(int images, int batchSize, int processes)
    {
        foreach (var kind in (SamplerKind[])[SamplerKind.Default, SamplerKind.ClassAware])
            foreach (var drops in (bool[])[false, true])
            {
                var options = new DatasetOptions { Sampler = kind, DropsLast = drops };
                var share = (images + processes - 1) / processes;
                if (drops && share < batchSize) continue;
                for (var rank = 0; rank < processes; rank++)
                {
                    var sampler = Sampler(options, images, batchSize, new Shard(rank, processes));
                    var batches = sampler.Batches(5);
                    Assert.Equal(sampler.BatchCount, batches.Length);
                    Assert.Equal(drops ? share / batchSize * batchSize : share, batches.Sum(batch => batch.Length));
                    if (drops) Assert.All(batches, batch => Assert.Equal(batchSize, batch.Length));
                }
            }
    }

    [Fact]
    public void Batches_OfAllProcesses_HoldEveryImage()
    {
        var parts = Enumerable.Range(0, 4).Select(rank => Sampler(shard: new Shard(rank, 4)).Batches(2));
        int[] all = [.. parts.SelectMany(batches => batches).SelectMany(batch => batch)];
        Assert.Equal(52, all.Length);
        Assert.Equal(50, all.Distinct().Count());
    }

    [Fact]
    public void Batches_DependOnSeedAndEpochOnly()
    {
        Assert.Equal(Sampler().Batches(2), Sampler().Batches(2));
        Assert.NotEqual(Sampler().Batches(2), Sampler().Batches(3));
    }

    [Fact]
    public void ClassAware_VisitsEveryClassAsOften()
    {
        var batches = Sampler(new() { Sampler = SamplerKind.ClassAware }).Batches(0);
        int[] all = [.. batches.SelectMany(batch => batch)];
        Assert.Equal(50, all.Length);
        Assert.Equal(25, all.Count(image => image >= 45));              // class b: five images, five times each
        Assert.All(Enumerable.Range(45, 5), image => Assert.Equal(5, all.Count(other => other == image)));
        Assert.Equal(25, all.Where(image => image < 45).Distinct().Count());
    }

    [Fact]
    public void ClassAware_TakesSeveralImagesOfAClassInARow()
    {
        var order = new ClassAwareOrder(_dataset, [.. Enumerable.Range(0, 50)], imagesPerClass: 3);
        int[] all = [.. order.Of(new SampleRandom(1, 0, -1), Shard.Whole)];
        foreach (var three in all.Chunk(3)) Assert.Single(three.Select(image => image >= 45).Distinct());
    }

    [Fact]
    public void ClassAware_DividesTheSameListAmongProcesses()
    {
        var order = new ClassAwareOrder(_dataset, [.. Enumerable.Range(0, 50)], imagesPerClass: 1);
        int[] Of(int rank, int count) => [.. order.Of(new SampleRandom(1, 0, -1), new Shard(rank, count))];
        Assert.Equal(Of(0, 1), Of(0, 2).Concat(Of(1, 2)));
    }

    [Fact]
    public void DropLast_ThatLeavesNoBatch_IsRefused()
    {
        var options = new DatasetOptions { Sampler = SamplerKind.Default, DropsLast = true };
        var error = Assert.Throws<DataException>(() => Sampler(options, images: 3));
        Assert.Contains("drop_last leaves no batch: a process has 3 images, a batch 4 (samples_per_gpu).", error.Message);
    }
}
