using Paa.Boxes;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

[Collection("Native")]
public class BatchSizeFinderTests
{
    static readonly BatchSizeTrial[] Trials =
        [new(1, 1000, TimeSpan.Zero), new(2, 1300, TimeSpan.Zero), new(4, 1900, TimeSpan.Zero)];

    [Theory]
    [InlineData(3, 2799, 6)]
    [InlineData(3, 2800, 7)]    // 1900 + 3 x 300
    [InlineData(3, 1500, 2)]
    [InlineData(3, 600, 0)]
    [InlineData(1, 1500, 1)]
    [InlineData(1, 900, 0)]
    public void Largest_FollowsTheLineThroughTheLastTwoTrials(int trialCount, long limit, int expected) =>
        Assert.Equal(expected, BatchSizeFinder.Largest(Trials[..trialCount], limit));

    [Fact]
    public void LargestSize_IsOfTheLargestScalePadded() => Assert.Equal(new ImageSize(800, 1344), BatchSizeFinder.LargestSize(
        new DataOptions { Train = new DatasetOptions { Scales = [[1333, 640], [1333, 800]] }, SizeDivisor = 32 }));

    [Fact]
    public void LargestSize_CountsRatiosAndCrops()
    {
        var train = new DatasetOptions { Scales = [[1000, 800]], RatioRange = [0.1, 2] };
        ImageSize Of(RandomCropOptions? crop) =>
            BatchSizeFinder.LargestSize(new DataOptions { Train = train with { RandomCrop = crop }, SizeDivisor = 32 });
        Assert.Equal(new ImageSize(1600, 2016), Of(null));
        Assert.Equal(new ImageSize(1024, 1024), Of(new RandomCropOptions()));
        Assert.Equal(new ImageSize(1920, 640), Of(new RandomCropOptions { CropSize = [1900, 640] }));
        Assert.Equal(new ImageSize(608, 608), Of(new() { CropSize = [384, 600], CropType = CropType.AbsoluteRange }));
        Assert.Equal(new ImageSize(1600, 2016), Of(new() { CropSize = [0.5, 0.5], CropType = CropType.RelativeRange }));
    }

    [Fact]
    public void Try_DoublesUpToTheLargest()
    {
        using var run = new TinyRun();
        var trials = BatchSizeFinder.Try(run.Config, long.MaxValue, largest: 5).ToArray();
        Assert.Equal([1, 2, 4], trials.Select(trial => trial.BatchSize));
        Assert.All(trials, trial => Assert.True(trial is { PeakBytes: > 0, Time.Ticks: > 0 }));
        Assert.Equal(trials.Select(trial => trial.PeakBytes).Order(), trials.Select(trial => trial.PeakBytes));
    }

    [Fact]
    public void Try_BeyondTheLimit_StopsAtTheFirst()
    {
        using var run = new TinyRun();
        Assert.Equal(1, Assert.Single(BatchSizeFinder.Try(run.Config, memoryLimit: 1, largest: 8)).BatchSize);
    }
}
