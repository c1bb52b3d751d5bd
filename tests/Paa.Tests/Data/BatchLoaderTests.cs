using Paa.Boxes;
using Paa.Data;
using Paa.Options;

namespace Paa.Tests.Data;

public sealed class BatchLoaderTests : IDisposable
{
    readonly PictureFolder _pictures = new();

    public void Dispose() => _pictures.Dispose();

    BatchLoader Training(int threads = 2) => BatchLoader.ForTraining(_pictures.Load(), _pictures.Config(threads));

    /// <summary>Everything in the batches, as text.</summary>
    static List<string> Print(IEnumerable<Batch> batches)
    {
        var lines = new List<string>();
        foreach (var batch in batches)
            using (batch)
            {
                var pixels = new HashCode();
                foreach (var pixel in batch.Pixels) pixels.Add(pixel);
                lines.Add($"{batch.Size} {pixels.ToHashCode()} {string.Join("; ", batch.Images.Select(PrintSample))}");
            }
        return lines;

        static string PrintSample(Sample sample) =>
            $"{sample.ImageId} {sample.Geometry} {string.Join(",", sample.Targets.Boxes)} "
            + $"{string.Join(",", sample.Targets.Labels)} {string.Join(",", sample.Candidates.Anchors)} "
            + string.Join(",", sample.Candidates.Boxes);
    }

    [Fact]
    public void Epoch_DoesNotDependOnTheNumberOfThreads()
    {
        var expected = Print(Training(threads: 0).Epoch(1));
        Assert.Equal(6, expected.Count);
        Assert.Equal(expected, Print(Training(threads: 1).Epoch(1)));
        Assert.Equal(expected, Print(Training(threads: 5).Epoch(1)));
        Assert.NotEqual(expected, Print(Training().Epoch(0)));
    }

    [Fact]
    public void Epoch_WithEveryAugmentation_DoesNotDependOnTheNumberOfThreads()
    {
        PaaConfig With(int threads)
        {
            var config = _pictures.Config(threads);
            return config with
            {
                Data = config.Data with
                {
                    Train = config.Data.Train with
                    {
                        Repetitions = 2,
                        Mosaic = new MosaicOptions { ImageSize = [48, 48], Probability = 0.5 },
                        ColorDistortion = new(),
                        MinIouRandomCrop = new(),
                        Scales = [[160, 96]],
                        RatioRange = [0.5, 2],
                        RandomCrop = new() { CropSize = [40, 60] },
                        FilterAnnotations = new() { MinSize = [4, 4] },
                    },
                },
            };
        }
        var expected = Print(BatchLoader.ForTraining(_pictures.Load(), With(0)).Epoch(2));
        Assert.Equal(11, expected.Count);                                 // (16 + 6) / 2 images
        Assert.Equal(expected, Print(BatchLoader.ForTraining(_pictures.Load(), With(4)).Epoch(2)));
        Assert.Equal(expected[5..], Print(BatchLoader.ForTraining(_pictures.Load(), With(3)).Epoch(2, firstBatch: 5)));
    }

    [Fact]
    public void Epoch_WithMosaic_HoldsTheObjectsOfFourImages()
    {
        var config = _pictures.Config(2);
        var train = config.Data.Train with { Mosaic = new MosaicOptions { ImageSize = [64, 96], CenterRange = [1, 1] } };
        config = config with { Data = config.Data with { Train = train } };
        foreach (var batch in BatchLoader.ForTraining(_pictures.Load(), config).Epoch(0))
            using (batch)
                Assert.All(batch.Images, image =>
                {
                    Assert.Equal(new ImageSize(128, 192), image.Geometry.OriginalShape);
                    Assert.Equal(8, image.Targets.Boxes.Length);
                    Assert.All(image.Targets.Boxes, box => Assert.True(box.Width > 1 && box.Height > 1));
                });
    }

    IEnumerable<Sample> Samples(Func<DatasetOptions, DatasetOptions> change, int epochs = 1)
    {
        var config = _pictures.Config(2);
        config = config with { Data = config.Data with { Train = change(config.Data.Train) } };
        var loader = BatchLoader.ForTraining(_pictures.Load(), config);
        foreach (var batch in Enumerable.Range(0, epochs).SelectMany(epoch => loader.Epoch(epoch)))
            using (batch)
                foreach (var sample in batch.Images) yield return sample;
    }

    [Theory]
    [InlineData(SamplerKind.Default, false, 4, 4, 3)]
    [InlineData(SamplerKind.Default, true, 4, 4)]
    [InlineData(SamplerKind.Group, false, 4, 4, 4, 4)]
    [InlineData(SamplerKind.Group, true, 4, 4, 4, 4)]                     // 9 wide images and 2 others, both filled up
    public void Epoch_EndsWithTheBatchesOfItsSampler(SamplerKind sampler, bool dropsLast, params int[] expected)
    {
        var config = _pictures.Config(2, batchSize: 4);
        var train = config.Data.Train with { Sampler = sampler, DropsLast = dropsLast };
        var loader = BatchLoader.ForTraining(_pictures.Load(), config with { Data = config.Data with { Train = train } });
        var sizes = new List<int>();
        foreach (var batch in loader.Epoch(0))
            using (batch) sizes.Add(batch.Images.Count);
        Assert.Equal(expected, sizes.OrderDescending());
        Assert.Equal(expected.Length, loader.BatchCount);
    }

    [Fact]
    public void Epoch_WithMinSize_LeavesOutSmallerImages()
    {
        // Pictures are 96 x 64 or 64 x 96.
        Assert.Equal(11, Samples(train => train with { MinImageSide = 64 }).DistinctBy(sample => sample.Index).Count());
        Assert.Throws<DataException>(() => Samples(train => train with { MinImageSide = 65 }).ToList());
    }

    [Fact]
    public void Epoch_WithARandomCrop_HoldsOnlyPartsThatShowAnObject()
    {
        var crop = new RandomCropOptions { CropSize = [20, 24] };
        var samples = Samples(train => train with { RandomCrop = crop }, epochs: 10).ToList();
        Assert.All(samples, sample => Assert.Equal((new ImageSize(20, 24), new ImageSize(32, 32)),
            (sample.Geometry.ImageShape, sample.Geometry.PadShape)));
        Assert.All(samples, sample => Assert.NotEmpty(sample.Targets.Boxes));
        Assert.All(samples.SelectMany(sample => sample.Targets.Boxes), box =>
            Assert.True(box is { X1: >= 0, Y1: >= 0, X2: <= 24, Y2: <= 20, Width: > 0, Height: > 0 }));
        // The replacement of an image is of its group.
        Assert.All(samples.Chunk(2), batch => Assert.Single(batch.Select(
            sample => sample.Geometry.OriginalShape.Width > sample.Geometry.OriginalShape.Height).Distinct()));

        var negative = Samples(train => train with { RandomCrop = crop with { AllowNegative = true } }, epochs: 10).ToList();
        Assert.Contains(negative, sample => sample.Targets.Boxes.Length == 0);
    }

    [Fact]
    public void Epoch_WithAFilter_RemovesSmallBoxes()
    {
        // At the scale of 160 x 64 the boxes of 30 x 40 and 16 x 20 become as large or larger, never smaller.
        DatasetOptions Filter(DatasetOptions train, double width, double height, bool replaces) => train with
        {
            Scales = [[96, 64]],
            FilterAnnotations = new() { MinSize = [width, height], ReplacesEmpty = replaces },
        };
        Assert.All(Samples(train => Filter(train, 15, 19, true)), sample => Assert.Equal(2, sample.Targets.Boxes.Length));
        Assert.All(Samples(train => Filter(train, 16, 19, true)), sample => Assert.Equal([1], sample.Targets.Labels));
        Assert.All(Samples(train => Filter(train, 30, 40, false)), sample => Assert.Empty(sample.Targets.Boxes));
        var error = Assert.Throws<DataException>(() => Samples(train => Filter(train, 30, 40, true)).ToList());
        Assert.Contains("images in a row have no object after random_crop and filter_annotations", error.Message);
    }

    [Fact]
    public void Epoch_ForEvaluationInSeveralViews_HoldsThoseOfAnImageTogether()
    {
        ImageView[] views = [new(new ImageScale(96, 64), null), new(new ImageScale(160, 96), FlipDirection.Horizontal)];
        var loader = BatchLoader.ForEvaluation(_pictures.Load(), _pictures.Config(3).Data, _pictures.Options, views);
        Assert.Equal(22, loader.BatchCount);
        foreach (var (number, batch) in loader.Epoch(0).Index())
            using (batch)
            {
                var image = Assert.Single(batch.Images);
                Assert.Equal((number / 2, number % 2 == 1), (image.Index, image.Geometry.FlipHorizontal));
                Assert.Equal(views[number % 2].Scale.Fit(image.Geometry.OriginalShape), image.Geometry.ImageShape);
            }
    }

    [Fact]
    public void Epoch_FromTheMiddle_GivesTheSameBatches()
    {
        var loader = Training();
        var whole = Print(loader.Epoch(4));
        for (var first = 0; first <= whole.Count; first++) Assert.Equal(whole[first..], Print(loader.Epoch(4, first)));
    }

    [Fact]
    public void Epoch_HoldsPixelsBoxesAndCandidates()
    {
        foreach (var batch in Training().Epoch(0))
            using (batch)
            {
                Assert.Equal(2 * 3 * batch.Size.Area, batch.Pixels.Length);
                Assert.Equal((0, 0), (batch.Size.Height % 32, batch.Size.Width % 32));
                foreach (var (i, image) in batch.Images.Index())
                {
                    Assert.Equal([1, 0], image.Targets.Labels);
                    Assert.Equal(image.Geometry.ToInput(new Box(10, 20, 40, 60)), image.Targets.Boxes[0]);
                    Assert.Equal([0, 1], image.Candidates.Boxes.Distinct().Order());
                    Assert.All(image.Candidates.Anchors, anchor => Assert.InRange(anchor, 0, batch.Grid.Count - 1));
                    var canvas = batch.Pixels.Slice(i * 3 * batch.Size.Area, batch.Size.Area);
                    Assert.NotEqual(0, canvas[0]);
                    var corner = canvas[^1];
                    Assert.Equal(image.Geometry.ImageShape != batch.Size, corner == 0);
                }
            }
    }

    [Fact]
    public void Epoch_DrawsScalesAndFlips()
    {
        var geometries = Enumerable.Range(0, 5).SelectMany(epoch => Training().Epoch(epoch)).SelectMany(batch =>
        {
            using (batch) return batch.Images.Select(image => image.Geometry);
        }).ToList();
        Assert.InRange(geometries.Count(g => g.FlipHorizontal), 15, 45);
        Assert.True(geometries.Select(g => g.ImageShape).Distinct().Count() > 20);
    }

    [Fact]
    public void Epoch_WithABrokenImage_TakesTheNextOfItsGroup_AndCountsItOnce()
    {
        File.WriteAllText(_pictures.PathOf(4), "no picture");
        File.Delete(_pictures.PathOf(7));
        var loader = Training();
        for (var epoch = 0; epoch < 2; epoch++)
        {
            var ids = new List<long>();
            foreach (var batch in loader.Epoch(epoch))
                using (batch)
                {
                    Assert.Equal(2, batch.Images.Count);
                    Assert.Single(batch.Images.Select(image => image.Geometry.OriginalShape).Distinct());
                    ids.AddRange(batch.Images.Select(image => image.ImageId));
                }
            Assert.DoesNotContain(104, ids);
            Assert.True(ids.Count(id => id == 105) >= 2);
            Assert.True(ids.Count(id => id == 103) >= 2);       // 107's group is 103, 107: from its end on it starts again
        }
        Assert.Equal(
            [(FindingKind.ImageFileMissing, 1), (FindingKind.ImageFileUnreadable, 1)],
            loader.Findings.Select(f => (f.Kind, f.Count)));
        Assert.Equal(Print(loader.Epoch(1)), Print(Training(threads: 4).Epoch(1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Epoch_WithoutAnyReadableImage_IsOneClearError(int threads)
    {
        for (var i = 0; i < 11; i++) File.Delete(_pictures.PathOf(i));
        var e = Assert.Throws<DataException>(() => Print(Training(threads).Epoch(0)));
        Assert.Contains("not one image can be read: ", e.Message, StringComparison.Ordinal);
        Assert.EndsWith("Check img_prefix.", e.Message, StringComparison.Ordinal);
        var config = _pictures.Config(threads);
        Assert.Throws<DataException>(() =>
            Print(BatchLoader.ForEvaluation(_pictures.Load(), config.Data, _pictures.Options).Epoch(0)));
    }

    [Fact]
    public void Epoch_ForEvaluation_TakesEveryReadableImageInOrder()
    {
        File.WriteAllText(_pictures.PathOf(2), "no picture");
        var loader = BatchLoader.ForEvaluation(_pictures.Load(), _pictures.Config(3).Data, _pictures.Options);
        var ids = new List<long>();
        foreach (var batch in loader.Epoch(0))
            using (batch)
            {
                var image = Assert.Single(batch.Images);
                Assert.Equal(image.Geometry.PadShape, batch.Size);
                Assert.Empty(image.Targets.Boxes);
                Assert.Throws<InvalidOperationException>(() => batch.Grid);
                ids.Add(image.ImageId);
            }
        Assert.Equal([100, 101, 103, 104, 105, 106, 107, 108, 109, 110], ids);
        Assert.Equal(1, Assert.Single(loader.Findings).Count);
    }

    [Fact]
    public void Epoch_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (var batch in Training().Epoch(0, 0, cancellation.Token))
            {
                batch.Dispose();
                cancellation.Cancel();
            }
        });
    }

    [Fact]
    public void Batch_Disposed_RefusesItsPixels()
    {
        foreach (var batch in Training().Epoch(0))
        {
            batch.Dispose();
            batch.Dispose();
            Assert.Throws<ObjectDisposedException>(() => batch.Pixels.Length);
        }
    }

    [Fact]
    public void Batch_OfTheWrongSize_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Batch(new float[10], new ImageSize(2, 2), []));
}
