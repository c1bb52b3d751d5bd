using Paa.Configuration;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Training;

namespace Paa.Tests.Training;

public sealed class LearningRateScheduleTests
{
    public static TheoryData<string> GoldenFiles => GoldenFolder.Files("schedule", "lr_*.json");

    public static TheoryData<string> FullRuns => GoldenFolder.Files("schedule", "full_*.json");

    [SkippableTheory]
    [MemberData(nameof(GoldenFiles))]
    [Trait("Category", "Golden")]
    public void Rate_EqualsReference(string file)
    {
        var golden = GoldenFolder.Json(file);
        var options = new LearningRateOptions
        {
            WarmupIterations = golden.GetProperty("warmup_iters").GetInt32(),
            WarmupRatio = golden.GetProperty("warmup_ratio").GetDouble(),
            DecayEpochs = golden.GetProperty("decay_epochs").Ints(),
            DecayFactor = golden.GetProperty("gamma").GetDouble(),
        };
        var schedule = new LearningRateSchedule(options, golden.GetProperty("base_lr").GetDouble(),
            totalIterations: long.MaxValue);
        foreach (var row in golden.GetProperty("rows").EnumerateArray())
        {
            var (epoch, iteration) = (row.GetProperty("epoch").GetInt32(), row.GetProperty("iteration").GetInt64());
            var expected = row.GetProperty("lr").GetDouble();
            var actual = schedule.Rate(epoch, iteration);
            // Double arithmetic in nearly the same order: a few units in the last place.
            Assert.True(Math.Abs(actual - expected) <= 1e-12 * expected,
                $"epoch {epoch}, iteration {iteration}: {actual} for {expected}");
        }
    }

    /// <summary>Every iteration of the runs that the shipped configurations describe.</summary>
    [SkippableTheory]
    [MemberData(nameof(FullRuns))]
    [Trait("Category", "Golden")]
    public void Rate_OfTheWholeRun_EqualsReference(string file)
    {
        var golden = GoldenFolder.Json(file);
        var (epochs, perEpoch) = (golden.GetProperty("epochs").GetInt32(), golden.GetProperty("iterations_per_epoch").GetInt32());
        var expected = golden.GetProperty("runs").EnumerateArray()
            .SelectMany(run => Enumerable.Repeat(run[1].GetDouble(), run[0].GetInt32())).ToArray();
        Assert.Equal(epochs * perEpoch, expected.Length);
        foreach (var name in golden.GetProperty("configs").EnumerateArray())
        {
            var config = ConfigLoader.Load(Path.Combine(Repository.Root, "configs/paa", $"{name.GetString()}.yaml"));
            Assert.Equal(epochs, config.Duration.MaxEpochs);
            var rate = LearningRateScaling.BaseRate(config, config.LearningRateScaling.BaseBatchSize);
            var schedule = new LearningRateSchedule(config.LearningRate, rate, expected.Length);
            var worst = Enumerable.Range(0, expected.Length)
                .Max(i => Math.Abs(schedule.Rate(i / perEpoch, i) - expected[i]) / expected[i]);
            // Double arithmetic in nearly the same order: a few units in the last place.
            Assert.True(worst <= 1e-12, $"{name}: differs by {worst}");
        }
    }

    [Fact]
    public void Rate_WarmsUpOnALineFromItsRatio()
    {
        var schedule = Schedule(new() { WarmupIterations = 10, WarmupRatio = 0.1, DecayEpochs = [] }, total: 100);
        Assert.Equal(0.1, schedule.Rate(0, 0), 12);
        Assert.Equal(0.55, schedule.Rate(0, 5), 12);
        Assert.Equal(1, schedule.Rate(0, 10), 12);
    }

    [Fact]
    public void Rate_WithoutWarmup_StartsInFull() =>
        Assert.Equal(1, Schedule(new() { WarmupIterations = 0, DecayEpochs = [] }, total: 100).Rate(0, 0), 12);

    [Fact]
    public void Rate_FallsAtEachStepEpoch()
    {
        var schedule = Schedule(new() { WarmupIterations = 0, DecayEpochs = [2, 4], DecayFactor = 0.5 }, total: 100);
        Assert.Equal([1, 1, 0.5, 0.5, 0.25], Enumerable.Range(0, 5).Select(epoch => schedule.Rate(epoch, epoch * 20)));
    }

    [Fact]
    public void Rate_OfACosine_GoesFromFullToMinimumAndStaysThere()
    {
        var schedule = Schedule(new() { Policy = LearningRatePolicy.Cosine, WarmupIterations = 0, FinalRatio = 0.2 }, total: 100);
        Assert.Equal(1, schedule.Rate(0, 0), 12);
        Assert.Equal(0.6, schedule.Rate(0, 50), 12);
        Assert.Equal(0.2, schedule.Rate(0, 100), 12);
        Assert.Equal(0.2, schedule.Rate(0, 150), 12);
    }

    [Fact]
    public void Rate_OfACosine_WarmsUpTowardsTheCosine()
    {
        var warm = Schedule(new() { Policy = LearningRatePolicy.Cosine, WarmupIterations = 10, WarmupRatio = 0 }, total: 100);
        var cold = Schedule(new() { Policy = LearningRatePolicy.Cosine, WarmupIterations = 0 }, total: 100);
        Assert.Equal(cold.Rate(0, 5) / 2, warm.Rate(0, 5), 12);
        Assert.Equal(cold.Rate(0, 10), warm.Rate(0, 10), 12);
    }

    static LearningRateSchedule Schedule(LearningRateOptions options, long total) => new(options, baseRate: 1, total);
}
