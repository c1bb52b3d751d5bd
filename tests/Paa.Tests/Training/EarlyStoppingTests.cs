using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

[Collection("Native")]
public sealed class EarlyStoppingTests : IDisposable
{
    readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    /// <summary>MMEngine's rule: a score below best plus delta waits, one that reaches it is the new best.</summary>
    [Fact]
    public void Add_CountsEvaluationsWithoutImprovement()
    {
        var stopping = new EarlyStopping(new EarlyStoppingOptions { Patience = 2, MinDelta = 0.25 });
        foreach (var (ap, best, waits) in ((double, double, int)[])
            [(0.1, 0.1, 0), (0.3, 0.1, 1), (0.35, 0.35, 0), (0.2, 0.35, 1), (0.6, 0.6, 0), (0.6, 0.6, 1), (0.84, 0.6, 2)])
        {
            Assert.False(stopping.HasStopped);
            stopping.Add(ap);
            Assert.Equal(new EarlyStoppingState(best, waits), stopping.State);
        }
        Assert.True(stopping.HasStopped);
    }

    /// <summary>A delta that cannot be reached ends a run as soon as its patience does.</summary>
    [Fact]
    public void Train_EndsWhenEvaluationsNoLongerImprove_AndSavesThatEpoch()
    {
        UsePatience(2);
        var observer = new RecordingObserver();
        var result = _run.Train(observer: observer);
        Assert.True(result.IsFinished);
        Assert.Equal(new TrainingPosition(3, 0, 12), result.Position);          // the first evaluation is an improvement
        Assert.Equal("epoch_3.pth", Path.GetFileName(result.Checkpoint));
        Assert.Single(observer.Notices, notice => notice.StartsWith(
            "The training ends after epoch 3: in 2 evaluations AP has not risen from ", StringComparison.Ordinal));

        var again = new RecordingObserver();
        Assert.True(_run.Train(observer: again, resume: true).IsFinished);
        Assert.Empty(again.Steps);

        UsePatience(3);                                                          // more patience lets it go on
        Assert.Equal(16, _run.Train(observer: again, resume: true).Position.Iteration);
    }

    [Theory]
    [InlineData(5)]         // after one evaluation
    [InlineData(10)]        // after two, the second without improvement
    public void Train_StoppedAndResumed_EndsAfterTheSameEpoch(int stopAfter)
    {
        UsePatience(2);
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } }, stop.Token);
        Assert.Equal(12, _run.Train("resumed", resume: true).Position.Iteration);
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("resumed"));
    }

    void UsePatience(int patience) => _run.Config = _run.Config with
    {
        Duration = new() { MaxEpochs = 6 },
        Evaluation = new() { EpochInterval = 1 },
        Checkpoints = new() { EpochInterval = 6 },
        EarlyStopping = new() { Patience = patience, MinDelta = 2 },
    };
}
