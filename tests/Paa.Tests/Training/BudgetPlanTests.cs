using Paa.Configuration;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

public sealed class BudgetPlanTests
{
    const int PerEpoch = 50;

    static readonly PaaConfig Config = new()
    {
        Data = new() { Val = new() { AnnotationFiles = ["val.json"] } },
        LearningRate = new() { Policy = LearningRatePolicy.Cosine, WarmupIterations = 500 },
        Duration = new() { MaxEpochs = 12, Budget = TimeSpan.FromMinutes(15) },
    };

    static PaaConfig Planned(PaaConfig config, RunCosts costs, int perEpoch = PerEpoch) =>
        BudgetPlan.Make(config, perEpoch, costs).ApplyTo(config);

    static PaaConfig For(TimeSpan budget) => Config with { Duration = Config.Duration with { Budget = budget } };

    /// <summary>
    /// Of 900 s, 873 are planned and 23 have gone: 850 s. At most ten evaluations (90 s of 9), so every fifth of 42 or 41 epochs:
    /// nine. In these epochs two checkpoints each of 0.5 s. 42 epochs of 18.6 s with all that take 871 s, 41 take 852.6 s: the
    /// last one is cut short by eight iterations.
    /// </summary>
    [Fact]
    public void Make_FillsTheBudget()
    {
        var plan = Planned(Config, new RunCosts(Step: 0.37, Epoch: 0.1, Evaluation: 9, Checkpoint: 0.5, Start: 23));
        Assert.Equal((41, 2042), (plan.Duration.MaxEpochs, plan.Duration.MaxIterations));
        Assert.Equal(5, plan.Evaluation.EpochInterval);
        Assert.Equal(5, plan.Checkpoints.EpochInterval);
        Assert.Equal(205, plan.LearningRate.WarmupIterations);  // a tenth
        Assert.True(plan.Duration.IsPlanned);
        ConfigValidator.Validate(plan);
    }

    /// <summary>Of 2042 iterations 42 are more than a fiftieth; with slightly dearer steps 28 are left, and left out.</summary>
    [Fact]
    public void Make_LeavesOutAShortRemnant()
    {
        var plan = Planned(Config, new RunCosts(Step: 0.3726, Epoch: 0.1, Evaluation: 9, Checkpoint: 0.5, Start: 23));
        Assert.Equal((40, null), (plan.Duration.MaxEpochs, plan.Duration.MaxIterations));
    }

    [Fact]
    public void Make_WithoutAnEvaluation_CutsTheLastEpochShort()
    {
        // 97 s, 2 of them gone, one checkpoint of 1 s: 94 iterations, which are an epoch and 44 of the next.
        var costs = new RunCosts(Step: 1, Epoch: 0, Evaluation: 0, Checkpoint: 1, Start: 2);
        var plan = Planned(For(TimeSpan.FromSeconds(100)), costs);
        Assert.Equal((2, 93), (plan.Duration.MaxEpochs, plan.Duration.MaxIterations));
        Assert.Equal(10, plan.LearningRate.WarmupIterations);
    }

    [Fact]
    public void Make_ForLessThanAnEpoch_CountsIterations()
    {
        var costs = new RunCosts(Step: 5, Epoch: 1, Evaluation: 20, Checkpoint: 1, Start: 11);
        var plan = Planned(For(TimeSpan.FromSeconds(100)), costs);
        Assert.Equal((1, 12), (plan.Duration.MaxEpochs, plan.Duration.MaxIterations));       // (97 - 11 - 1 - 20 - 2) / 5
    }

    [Fact]
    public void Make_OfTooLittle_SaysWhatIsNeeded()
    {
        var error = Assert.Throws<TrainingException>(() => BudgetPlan.Make(For(TimeSpan.FromSeconds(20)), PerEpoch,
            new RunCosts(Step: 2, Epoch: 0.1, Evaluation: 6, Checkpoint: 0.5, Start: 5)));
        Assert.Equal(
            "runner.budget is 20s: reading the data and timing took 5 s, an evaluation takes 6 s, a checkpoint 0.5 s "
            + "and an iteration 2 s, so that not even 5 iterations fit; give it 25s or more.", error.Message);
    }

    /// <summary>For any costs, the planned run ends in time, and it leaves out little.</summary>
    [Fact]
    public void Make_UsesTheBudgetAndNoMore()
    {
        var random = new Random(5);
        for (var run = 0; run < 2000; run++)
        {
            var budget = Math.Exp(random.NextDouble() * 8 + 2);                             // 7 s to 6 hours
            var costs = new RunCosts(
                Step: budget * Math.Pow(10, -1.5 - 3 * random.NextDouble()),
                Epoch: budget * 1e-4 * random.NextDouble(),
                Evaluation: random.Next(4) == 0 ? 0 : budget * Math.Pow(10, -1 - 3 * random.NextDouble()),
                Checkpoint: budget * Math.Pow(10, -2 - 3 * random.NextDouble()), Start: budget * 0.2 * random.NextDouble());
            var config = For(TimeSpan.FromSeconds(budget));
            config = config with
            {
                Evaluation = new() { EpochInterval = random.Next(1, 4) },
                Checkpoints = new() { EpochInterval = random.Next(1, 4) },
            };
            var perEpoch = random.Next(1, 300);
            var plan = Planned(config, costs, perEpoch);
            ConfigValidator.Validate(plan);
            var schedule = new RunSchedule(plan, perEpoch, costs.Evaluation > 0, imagesPerUpdate: 1);
            var (evaluations, checkpoints) = schedule.Events(epochs: 0);
            var seconds = costs.Start + schedule.TotalIterations * costs.Step + schedule.Epochs * costs.Epoch
                + evaluations * costs.Evaluation + checkpoints * costs.Checkpoint;
            var what = $"{budget} s, {costs}, {perEpoch} an epoch: {schedule.TotalIterations} iterations take {seconds} s";
            Assert.True(seconds <= 0.97 * budget + 1e-6, what);
            Assert.True(seconds >= 0.85 * budget - costs.Step, what);
            Assert.True(evaluations <= 1 || evaluations * costs.Evaluation <= 0.1 * budget + 1e-6, what);
            Assert.Equal(costs.Evaluation > 0, evaluations > 0);
            Assert.True(plan.LearningRate.WarmupIterations <= 1 + 0.1 * schedule.TotalIterations, what);
        }
    }

    [Fact]
    public void Make_NeverEvaluatesOrSavesMoreOftenThanTheConfiguration()
    {
        var config = Config with { Evaluation = new() { EpochInterval = 7 }, Checkpoints = new() { EpochInterval = 100 } };
        var plan = Planned(config, new RunCosts(Step: 0.1, Epoch: 0, Evaluation: 0.1, Checkpoint: 0.1, Start: 1));
        Assert.Equal(7, plan.Evaluation.EpochInterval);
        Assert.True(plan.Checkpoints.EpochInterval >= 100);
        config = Config with { Evaluation = new() { EpochInterval = 0 } };
        Assert.Equal(0, Planned(config, new RunCosts(1, 0, 0, 1, 1)).Evaluation.EpochInterval);
    }

    [Fact]
    public void Make_KeepsAShortWarmup_AndScalesWhatIsCountedInEpochs()
    {
        var config = Config with
        {
            LearningRate = new() { WarmupIterations = 1, IsWarmupByEpoch = true, DecayEpochs = [6, 9], FirstCosineEpoch = 3 },
            Duration = Config.Duration with { Budget = TimeSpan.FromSeconds(1_000_000) },
            WeightAverage = new() { Kind = WeightAverageKind.ExpMomentumEma, FirstEpoch = 2 },
        };
        var step = 970_000 / (24 * PerEpoch + 0.5);
        var plan = Planned(config, new RunCosts(step, Epoch: 0, Evaluation: 0, Checkpoint: 0, Start: 0));
        Assert.Equal(24, plan.Duration.MaxEpochs);              // twice as many
        Assert.Equal((50, false), (plan.LearningRate.WarmupIterations, plan.LearningRate.IsWarmupByEpoch));
        Assert.Equal([12, 18], plan.LearningRate.DecayEpochs);
        Assert.Equal(6, plan.LearningRate.FirstCosineEpoch);
        Assert.Equal(4, plan.WeightAverage!.FirstEpoch);
    }

    /// <summary>Epochs of hours, as on COCO, are also saved inside.</summary>
    [Fact]
    public void Make_OfFewLongEpochs_SavesInside()
    {
        var costs = new RunCosts(Step: 1, Epoch: 1, Evaluation: 600, Checkpoint: 2, Start: 60);
        var plan = Planned(For(TimeSpan.FromHours(10)), costs, perEpoch: 7000);
        Assert.Equal(5, plan.Duration.MaxEpochs);
        Assert.InRange(plan.Checkpoints.IterationInterval, 3100, 3300);
    }

    [Fact]
    public void ApplyTo_OfASavedPlan_IsThatPlan_WhateverBudgetAndLengthAreGiven()
    {
        var planned = Planned(Config, new RunCosts(0.37, 0.1, 9, 0.5, 23));
        var saved = BudgetPlan.In(ConfigLoader.Parse(ConfigWriter.ToYaml(planned), "saved"))!;
        Assert.Equal(ConfigWriter.ToYaml(planned), ConfigWriter.ToYaml(saved.ApplyTo(Config)));
        var other = Config with { Duration = new() { MaxEpochs = 3, Budget = TimeSpan.FromHours(1) } };
        Assert.Equal(ConfigWriter.ToYaml(planned), ConfigWriter.ToYaml(saved.ApplyTo(other)));
        Assert.Null(BudgetPlan.In(Config));
    }

    /// <summary>2042 iterations of 8 images are 1021 of 16; epochs are epochs.</summary>
    [Fact]
    public void ForBatch_EndsAfterAsManyImages()
    {
        var plan = BudgetPlan.Make(Config, PerEpoch, new RunCosts(0.37, 0.1, 9, 0.5, 23));
        Assert.Equal((41, 1021), (plan.ForBatch(8, 16).Duration.MaxEpochs, plan.ForBatch(8, 16).Duration.MaxIterations));
        Assert.Same(plan, plan.ForBatch(8, 8));
        var whole = BudgetPlan.Make(Config, PerEpoch, new RunCosts(0.3726, 0.1, 9, 0.5, 23));
        Assert.Same(whole, whole.ForBatch(8, 16));
    }

    [Fact]
    public void ApplyTo_KeepsALimitOfIterations()
    {
        var plan = BudgetPlan.Make(Config, PerEpoch, new RunCosts(0.37, 0.1, 9, 0.5, 23));
        Assert.Equal(30, plan.ApplyTo(Config with { Duration = new() { MaxIterations = 30 } }).Duration.MaxIterations);
        var limited = Config with { Duration = Config.Duration with { MaxIterations = 30 } };
        var schedule = new RunSchedule(Planned(limited, new RunCosts(0.37, 0.1, 9, 0.5, 23)), PerEpoch, true, 1);
        Assert.Equal(30, schedule.TotalIterations);
    }

    [Fact]
    public void Notice_SaysInOneLineWhatIsPlanned()
    {
        var costs = new RunCosts(0.37, 0.1, 9, 0.5, 23);
        Assert.Equal("budget 15m: a step takes 0.37 s, an evaluation 9 s: 2,042 iterations (41 epochs), evaluated every 5 epochs",
            BudgetPlan.Notice(Planned(Config, costs), PerEpoch, costs));
        costs = new RunCosts(Step: 5, Epoch: 1, Evaluation: 20, Checkpoint: 1, Start: 11);
        Assert.Equal(
            "budget 1m40s: a step takes 5 s, an evaluation 20 s: 12 iterations (less than one epoch), evaluated at the end",
            BudgetPlan.Notice(Planned(For(TimeSpan.FromSeconds(100)), costs), PerEpoch, costs));
    }

    /// <summary>What the saved configuration marks as planned is what differs in it, whatever the plan.</summary>
    [Fact]
    public void Decides_KnowsEveryKeyThatAPlanChanges()
    {
        var config = Config with { WeightAverage = new() { Kind = WeightAverageKind.ExpMomentumEma, FirstIteration = 90 } };
        var keys = new HashSet<string>();
        var saving = config with { Checkpoints = new() { IterationInterval = 1 } };
        foreach (var (one, step) in ((PaaConfig, double)[])[(config, 0.37), (saving, 7)])
        {
            var before = ConfigWriter.Values(one);
            var after = ConfigWriter.Values(Planned(one, new RunCosts(step, 0.1, 9, 0.5, 23)));
            keys.UnionWith(before.Keys.Where(key => before[key] != after[key]));
        }
        Assert.All(keys, key => Assert.True(BudgetPlan.Decides(key) || key == "runner.planned", key));
        Assert.Contains("lr_config.warmup_iters", keys);
        Assert.Contains("ema.begin_iter", keys);
        Assert.All(ConfigPaths.All().Where(BudgetPlan.Decides), key => Assert.Contains('.', key));
        Assert.Equal(11, ConfigPaths.All().Count(BudgetPlan.Decides));
    }
}
