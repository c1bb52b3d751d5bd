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

    [Fact]
    public void Rate_WarmsUpAtAConstantRate_OrByEqualFactors()
    {
        var constant = Schedule(new() { Warmup = WarmupKind.Constant, WarmupIterations = 4, WarmupRatio = 0.25 }, total: 100);
        Assert.Equal([0.25, 0.25, 0.25, 0.25, 1], Enumerable.Range(0, 5).Select(i => constant.Rate(0, i)));
        var growing = Schedule(new() { Warmup = WarmupKind.Exp, WarmupIterations = 4, WarmupRatio = 0.0625 }, total: 100);
        Assert.Equal([0.0625, 0.125, 0.25, 0.5, 1], Enumerable.Range(0, 5).Select(i => growing.Rate(0, i)));
    }

    [Fact]
    public void Rate_WarmsUpOverEpochs()
    {
        var options = new LearningRateOptions { WarmupIterations = 2, IsWarmupByEpoch = true, WarmupRatio = 0.5 };
        var schedule = new LearningRateSchedule(options, baseRate: 1, totalIterations: 100, batchesPerEpoch: 10);
        Assert.Equal(0.75, schedule.Rate(1, 10), 12);
        Assert.Equal(1, schedule.Rate(2, 20), 12);
    }

    [Fact]
    public void Rate_OfACosineByEpoch_IsThatOfTheEpochsBeginning()
    {
        var options = new LearningRateOptions { Policy = LearningRatePolicy.Cosine, IsByEpoch = true, WarmupIterations = 0 };
        var schedule = new LearningRateSchedule(options, baseRate: 1, totalIterations: 40, batchesPerEpoch: 10);
        for (var iteration = 0; iteration < 40; iteration++)
            Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * (iteration / 10) / 4)), schedule.Rate(iteration / 10, iteration), 12);
    }

    /// <summary>MMEngine 0.10: each step multiplies the rate by a factor, which LinearLR's <c>_get_value</c> gives.</summary>
    [Fact]
    public void Rate_WithOneIterationLess_IsThatOfMMEnginesLinearLR()
    {
        const double Start = 0.001;
        const int End = 500, PerEpoch = 100;
        var options = new LearningRateOptions { WarmupIterations = End - 1, WarmupRatio = Start, DecayEpochs = [8, 11] };
        var schedule = new LearningRateSchedule(options, baseRate: 0.01, totalIterations: 1200, PerEpoch);
        var rate = 0.01 * Start;
        for (var iteration = 0; iteration < 1200; iteration++)
        {
            if (iteration is > 0 and < End)
                rate *= 1 + (1 - Start) / ((End - 1) * Start + (iteration - 1) * (1 - Start));
            if (iteration is 8 * PerEpoch or 11 * PerEpoch) rate *= 0.1;
            Assert.Equal(1, schedule.Rate(iteration / PerEpoch, iteration) / rate, 1e-9);
        }
        Assert.Equal(0.01, schedule.Rate(4, End - 1), 1e-12);
        var longer = new LearningRateSchedule(options with { WarmupIterations = End }, baseRate: 0.01, 1200, PerEpoch);
        Assert.True(longer.Rate(4, End - 1) < 0.00999);
    }

    /// <summary>MMEngine 0.10: <c>CosineAnnealingLR(begin=2, end=6, T_max=4)</c>, by epoch or converted to iterations.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Rate_OfACosineThatBeginsLater_IsThatOfMMEnginesCosineAnnealingLR(bool byEpoch)
    {
        const double Min = 0.05;
        const int PerEpoch = 10;
        var (length, begin) = byEpoch ? (4, 2) : (4 * PerEpoch, 2 * PerEpoch);
        var options = new LearningRateOptions
        {
            Policy = LearningRatePolicy.Cosine,
            IsByEpoch = byEpoch,
            FirstCosineEpoch = 2,
            FinalRatio = Min,
            WarmupIterations = 0,
        };
        var schedule = new LearningRateSchedule(options, baseRate: 1, totalIterations: 6 * PerEpoch, PerEpoch);
        var rate = 1.0;
        for (var iteration = 0; iteration < 6 * PerEpoch; iteration++)
        {
            var step = (byEpoch ? iteration / PerEpoch : iteration) - begin;
            if (step > 0 && (!byEpoch || iteration % PerEpoch == 0))
                rate = Height(step) / Height(step - 1) * (rate - Min) + Min;
            Assert.Equal(rate, schedule.Rate(iteration / PerEpoch, iteration), 1e-9);
        }

        double Height(int step) => 1 + Math.Cos(Math.PI * step / length);
    }

    static LearningRateSchedule Schedule(LearningRateOptions options, long total) => new(options, baseRate: 1, total);
}
