using Paa.Configuration;
using Paa.Options;
using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Tests.Training;

/// <summary>Runs with a budget of time.</summary>
[Collection("Native")]
public sealed class BudgetRunTests : IDisposable
{
    static readonly TimeSpan Budget = TimeSpan.FromSeconds(15);

    readonly TinyRun _run = new();

    public BudgetRunTests() => _run.Config = _run.Config with
    {
        Duration = new() { Budget = Budget, MaxIterations = 10 },       // so that the tests are quick
        Evaluation = new() { EpochInterval = 1 },
    };

    public void Dispose() => _run.Dispose();

    /// <summary>Trains with a budget, and returns the configuration with its plan.</summary>
    PaaConfig TrainPlanned(string name, RecordingObserver? observer = null)
    {
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(name), "tiny", observer);
        Assert.True(trainer.Train().IsFinished);
        return trainer.Config;
    }

    [Fact]
    public void Train_SaysWhatIsPlanned_AndKeepsIt()
    {
        var observer = new RecordingObserver();
        var config = TrainPlanned("run", observer);
        Assert.StartsWith("budget 15s: a step takes ", observer.Notices[0]);
        Assert.True(config.Duration.IsPlanned);
        Assert.Equal(Budget, config.Duration.Budget);
        Assert.Equal(10, observer.Steps.Count);
        Assert.NotEmpty(observer.Evaluations);
        Assert.All(observer.Steps, step => Assert.True(step.TimeLeft >= TimeSpan.Zero));
        Assert.True(observer.Steps[0].TimeLeft > TimeSpan.Zero);
        var saved = TrainingCheckpoint.Read(Path.Combine(_run.WorkFolder(), CheckpointStore.LatestName));
        Assert.Equal(ConfigWriter.ToYaml(config), saved.Config);
        Assert.InRange(saved.Elapsed.TotalSeconds, 0.1, 600);
        Assert.Empty(Directory.GetFiles(_run.WorkFolder(), ".timing*"));
    }

    /// <summary>A plan often ends inside an epoch, of which the log would know nothing.</summary>
    [Fact]
    public void Train_EndingInsideAnEpoch_LogsItsLastIteration()
    {
        _run.Config = _run.Config with
        {
            Duration = new() { MaxIterations = 3 },
            Evaluation = new() { EpochInterval = 0 },
            Log = new() { Interval = 2 },
        };
        _run.Train();
        var log = LogReader.Read(Path.Combine(_run.WorkFolder(), TrainingLog.FileName));
        Assert.Equal([2, 3], log.Train.Select(line => line.Iter));
    }

    /// <summary>The second run reads the plan, so it times nothing.</summary>
    [Fact]
    public void Plan_ChangesNothingButTheSchedule()
    {
        UseEverything();
        var planned = TrainPlanned("timed");
        _run.Config = planned;
        var observer = new RecordingObserver();
        _run.Train("untimed", observer);
        Assert.DoesNotContain(observer.Notices, notice => notice.StartsWith("budget", StringComparison.Ordinal));
        CheckpointComparison.AssertEqual(_run.WorkFolder("timed"), _run.WorkFolder("untimed"));
    }

    [Theory]
    [InlineData(2, true)]
    [InlineData(7, true)]
    [InlineData(7, false)]
    public void Train_StoppedAndResumed_FollowsThePlan_ToTheSameWeights(int stopAfter, bool isBudgetRepeated)
    {
        UseEverything();
        var given = _run.Config;
        var planned = TrainPlanned("straight");
        _run.Config = planned;
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } }, stop.Token);

        _run.Config = given with { Duration = isBudgetRepeated ? given.Duration : new() { MaxEpochs = 1 } };
        var observer = new RecordingObserver();
        using (var trainer = new Trainer(_run.Config, _run.WorkFolder("resumed"), "tiny", observer))
        {
            trainer.Resume();
            Assert.True(trainer.Train().IsFinished);
            Assert.Equal(ConfigWriter.ToYaml(planned), ConfigWriter.ToYaml(trainer.Config with
            {
                Duration = trainer.Config.Duration with { MaxIterations = planned.Duration.MaxIterations },
            }));
        }
        Assert.Contains("has a schedule for a budget of 15s, which stays: 10 iterations", observer.Notices[0]);
        Assert.Equal(stopAfter + 1, observer.Steps[0].Position.Iteration);
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("resumed"));
    }

    [Fact]
    public void Resume_OfARunWithoutABudget_GoesOnWithoutOne()
    {
        _run.Config = _run.Config with { Duration = new() { MaxEpochs = 2 } };
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == 3) stop.Cancel(); } }, stop.Token);
        _run.Config = _run.Config with { Duration = new() { MaxEpochs = 2, Budget = Budget } };
        var observer = new RecordingObserver();
        Assert.True(_run.Train("resumed", observer, resume: true).IsFinished);
        Assert.Contains("belongs to a run without a budget", observer.Notices[0]);
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("resumed"));
    }

    [Fact]
    public void Resume_WithFewerIterations_EndsEarlier()
    {
        using var stop = new CancellationTokenSource();
        _run.Train("run", new RecordingObserver { AfterStep = i => { if (i == 2) stop.Cancel(); } }, stop.Token);
        _run.Config = _run.Config with { Duration = _run.Config.Duration with { MaxIterations = 6 } };
        Assert.Equal(6, _run.Train("run", resume: true).Position.Iteration);
    }

    [Fact]
    public void Train_StoppedWhileTiming_LeavesNothing()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var result = _run.Train(stop: stop.Token);
        Assert.False(result.IsFinished);
        Assert.Null(result.Checkpoint);
        Assert.Empty(Directory.GetFiles(_run.WorkFolder()));
    }

    /// <summary>
    /// How long a run takes hangs on what else the machine does, so the tolerance is wide here; without a plan, 12 epochs would
    /// take a tenth of the time.
    /// </summary>
    [Fact]
    public void Train_TakesAboutAsLongAsItsBudget()
    {
        _run.Config = _run.Config with { Duration = new() { Budget = TimeSpan.FromSeconds(8) } };
        var clock = System.Diagnostics.Stopwatch.StartNew();
        TrainPlanned("run");
        Assert.InRange(clock.Elapsed.TotalSeconds, 8 * 0.4, 8 * 2.5);
    }

    [Fact]
    public void RobustMean_LeavesOutWhatIsFarAway() =>
        Assert.Equal(2.5, CostMeasurement.RobustMean([100, 2, 3, 2, 3, 2, 3, 0.001]));

    [Fact]
    public void Warning_ComesOnce_WhenTheEndIsLate()
    {
        var pace = new RunPace();
        var budget = TimeSpan.FromSeconds(100);
        pace.AddStep(TimeSpan.FromSeconds(1));
        Assert.Null(pace.Warning(budget, TimeSpan.FromSeconds(130)));               // too early to tell
        for (var i = 0; i < 20; i++) pace.AddStep(TimeSpan.FromSeconds(1));
        Assert.Null(pace.Warning(budget, TimeSpan.FromSeconds(105)));
        Assert.Equal("The run is slower than planned: an iteration takes 1 s by now, and at this pace the run ends 30s after its "
            + "budget of 1m40s. Its schedule stays as it is.", pace.Warning(budget, TimeSpan.FromSeconds(130)));
        Assert.Null(pace.Warning(budget, TimeSpan.FromSeconds(150)));
    }

    /// <summary>The average, rates of their own, early stopping: everything that a checkpoint must hold.</summary>
    void UseEverything() => _run.Config = _run.Config with
    {
        Optimizer = new()
        {
            Kind = OptimizerKind.AdamW,
            LearningRate = 2e-3,
            Parameterwise = new()
            {
                CustomKeys = new Dictionary<string, ParameterFactors> { ["backbone"] = new() { Rate = 0.1 } },
            },
        },
        WeightAverage = new() { Kind = WeightAverageKind.ExpMomentumEma, Momentum = 0.1, Gamma = 5 },
        EarlyStopping = new() { Patience = 20 },
    };
}
