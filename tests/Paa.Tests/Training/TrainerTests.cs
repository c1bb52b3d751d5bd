using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Tests.Training;

/// <summary>Whole runs on eight small pictures, one thread.</summary>
[Collection("Native")]
public sealed class TrainerTests : IDisposable
{
    readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Train_OverfitsSquares()
    {
        _run.Config = _run.Config with
        {
            Data = _run.Config.Data with { BatchSize = 4 },
            Duration = new DurationOptions { MaxEpochs = 120 },
            Evaluation = new EvaluationOptions { EpochInterval = 120 },
            Checkpoints = new CheckpointOptions { EpochInterval = 120 },
        };
        var observer = new RecordingObserver();
        var result = Train(observer: observer);
        Assert.True(result.IsFinished);
        Assert.Equal(240, observer.Steps.Count);
        var metrics = Assert.Single(observer.Evaluations);
        // Eight pictures learned by heart: AP50 1.0, AP 0.98 when this was written.
        Assert.True(metrics.AP50 > 0.95 && metrics.AP > 0.85, $"AP50 {metrics.AP50}, AP {metrics.AP}");
        Assert.Equal(metrics.AP, result.Best!.Ap);
    }

    [Fact]
    public void Train_WritesCheckpointsAndLog()
    {
        _run.Config = _run.Config with
        {
            Checkpoints = new CheckpointOptions { IterationInterval = 3 },
            Evaluation = new EvaluationOptions { EpochInterval = 1 },
        };
        Train();
        Assert.Equal(
            ["best.pth", "epoch_1.pth", "epoch_2.pth", "iter_3.pth", "iter_6.pth", "latest.pth", "train.log.json"],
            Names().Where(name => !name.StartsWith("events.", StringComparison.Ordinal)));
        var history = LogReader.Read(Path.Combine(_run.WorkFolder(), TrainingLog.FileName));
        Assert.Equal([(1, 2), (1, 4), (2, 2), (2, 4)], history.Train.Select(entry => (entry.Epoch, entry.Iter)));
        Assert.Equal([1, 2], history.Val.Select(entry => entry.Epoch));
        Assert.All(history.Train, entry => Assert.True(entry is { Loss: > 0, Time: > 0, GradNorm: > 0, Memory: > 0 }));
    }

    [Fact]
    public void Train_WithAScaledRate_UsesItAndSaysSo()
    {
        _run.Config = _run.Config with
        {
            Optimizer = new OptimizerOptions { LearningRate = 0.02 },
            LearningRateScaling = new LearningRateScalingOptions { IsEnabled = true, BaseBatchSize = 8 },
            LearningRate = new LearningRateOptions { WarmupIterations = 0 },
            Duration = new DurationOptions { MaxIterations = 1 },
        };
        var observer = new RecordingObserver();
        Train(observer: observer);
        Assert.Equal(0.005, Assert.Single(observer.Steps).Rate, 15);
        Assert.Contains("scaled to a batch of 2", Assert.Single(observer.Notices));
    }

    [Fact]
    public void Train_OnPicturesWithoutBoxes_Trains()
    {
        using var run = new TinyRun(imageCount: 4, emptyCount: 4);
        var observer = new RecordingObserver();
        using var trainer = new Trainer(run.Config, run.WorkFolder(), "tiny", observer);
        Assert.True(trainer.Train().IsFinished);
        Assert.All(observer.Steps, step => Assert.Equal(0, step.Losses.PositiveCount));
        Assert.All(observer.Steps, step => Assert.True(step.Losses is { Classification: > 0, BoxRegression: 0, IouPrediction: 0 }));
    }

    [Theory]
    [InlineData(1)]         // inside the first epoch
    [InlineData(4)]         // at its end
    [InlineData(6)]         // inside the second
    public void Train_StoppedAndResumed_EndsWithTheSameWeights(int stopAfter)
    {
        Train("straight");
        using var stop = new CancellationTokenSource();
        var stopped = Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } }, stop.Token);
        Assert.False(stopped.IsFinished);
        Assert.Equal(stopAfter, stopped.Position.Iteration);
        Assert.True(Train("resumed", resume: true).IsFinished);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Train_WithAdamStoppedAndResumed_EndsWithTheSameWeights()
    {
        _run.Config = _run.Config with { Optimizer = new OptimizerOptions { Kind = OptimizerKind.AdamW, LearningRate = 1e-3 } };
        Train("straight");
        using var stop = new CancellationTokenSource();
        Train("resumed", new RecordingObserver { AfterStep = i => { if (i == 3) stop.Cancel(); } }, stop.Token);
        Train("resumed", resume: true);
        AssertSameTraining("straight", "resumed");
    }

    [Theory]
    [InlineData(1, 3)]      // in the middle of an update: it is finished first
    [InlineData(3, 3)]
    [InlineData(4, 4)]      // the last update of an epoch has one batch
    public void Train_WithAccumulationStoppedAndResumed_EndsWithTheSameWeights(int stopAfter, int stopsAt)
    {
        _run.Config = _run.Config with
        {
            Gradients = _run.Config.Gradients with { AccumulationSteps = 3 },
            Checkpoints = new CheckpointOptions { IterationInterval = 2 },
        };
        var observer = new RecordingObserver();
        Train("straight", observer);
        Assert.Equal([3, 4, 7, 8], observer.Steps.Where(step => step.GradientNorm > 0).Select(step => step.Position.Iteration));
        Assert.Equal(["iter_3.pth", "epoch_1.pth", "iter_7.pth", "epoch_2.pth"], observer.SavedFiles);
        using var stop = new CancellationTokenSource();
        var stopped = Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } }, stop.Token);
        Assert.Equal(stopsAt, stopped.Position.Iteration);
        Train("resumed", resume: true);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Compute_KeepingOnlyInputsOfBlocks_GivesTheSame()
    {
        using var batch = FirstBatches(1)[0];
        var (plainNorm, plain) = Compute(withCp: false);
        var (norm, entries) = Compute(withCp: true);
        Assert.Equal(plainNorm, norm, 1e-5 * plainNorm);                    // gradients meet in another order
        foreach (var (name, values) in plain) Assert.Equal(values, entries[name]);

        (double Norm, Dictionary<string, float[]> Statistics) Compute(bool withCp)
        {
            using var scope = new TensorScope();
            var model = _run.Config.Model;
            using var detector = new PaaDetector(model with { Backbone = model.Backbone with { ActivationCheckpointing = withCp } });
            detector.InitializeWeights(seed: 1);
            detector.Train();
            using var optimizer = OptimizerFactory.Create(_run.Config.Optimizer, detector.Parameters);
            var norm = new TrainingStep(detector, optimizer).Compute(batch).GradientNorm!.Value;
            return (norm, detector.Parameters.Entries.Where(entry => entry.Name.Contains("running") || entry.Name.Contains("num_batches"))
                .ToDictionary(entry => entry.Name, entry => entry.Tensor.To(ScalarType.Float32).ToArray<float>()));
        }
    }

    [Fact]
    public void Compute_OfSeveralParts_GivesTheMeanOfTheirGradients()
    {
        using var scope = new TensorScope();
        using var detector = new PaaDetector(_run.Config.Model);
        detector.InitializeWeights(seed: 1);
        detector.Train();
        using var optimizer = OptimizerFactory.Create(_run.Config.Optimizer, detector.Parameters);
        var step = new TrainingStep(detector, optimizer);
        var batches = FirstBatches(2);
        var gradients = Array.ConvertAll(batches, batch => Gradients(() => step.Compute(batch)));
        Assert.Null(step.Compute(batches[0], new Accumulation(0, 2)).GradientNorm);
        var together = Gradients(() => step.Compute(batches[1], new Accumulation(1, 2)));
        for (var i = 0; i < together.Length; i++)
            Assert.Equal((gradients[0][i] + gradients[1][i]) / 2, together[i], 1e-5f * (1 + Math.Abs(together[i])));
        foreach (var batch in batches) batch.Dispose();

        float[] Gradients(Action compute)
        {
            compute();
            return [.. detector.Parameters.Parameters.Select(parameter => parameter.Tensor.Gradient).OfType<Tensor>()
                .SelectMany(gradient => gradient.ToArray<float>())];
        }
    }

    [Fact]
    public void Train_WithAnUnreadablePicture_TellsOnceAndGoesOn()
    {
        File.WriteAllText(Path.Combine(_run.Config.Data.Train.ImageFolders[0], "3.png"), "not a picture");
        var observer = new RecordingObserver();
        Assert.True(Train(observer: observer).IsFinished);
        Assert.Contains("3.png", Assert.Single(observer.Notices));
    }

    [Fact]
    public void Train_SavesEveryFewIterationsAcrossEpochs()
    {
        _run.Config = _run.Config with { Checkpoints = new CheckpointOptions { EpochInterval = 2, IterationInterval = 2 } };
        var observer = new RecordingObserver();
        Train(observer: observer);
        Assert.Equal(["iter_2.pth", "iter_4.pth", "iter_6.pth", "epoch_2.pth"], observer.SavedFiles);
    }

    [Fact]
    public void Train_AfterACrash_EndsWithTheSameWeights()
    {
        _run.Config = _run.Config with { Checkpoints = new CheckpointOptions { IterationInterval = 3, MaxKept = 1 } };
        Train("straight");
        var crash = new RecordingObserver { AfterStep = i => { if (i == 5) throw new InvalidTimeZoneException("crash"); } };
        Assert.Throws<InvalidTimeZoneException>(() => Train("crashed", crash));
        var again = new RecordingObserver();
        Train("crashed", again, resume: true);
        Assert.Equal(5, again.Steps[0].Position.Iteration);      // iteration 4 closed the epoch and was saved
        AssertSameTraining("straight", "crashed");
    }

    [Fact]
    public void Train_StoppedInAnEvaluation_EvaluatesWhenResumed()
    {
        _run.Config = _run.Config with { Evaluation = new EvaluationOptions { EpochInterval = 1 } };
        Train("straight");
        using var stop = new CancellationTokenSource();
        var stopped = Train("resumed", new RecordingObserver { WhileEvaluating = stop.Cancel }, stop.Token);
        Assert.False(stopped.IsFinished);
        Assert.Equal(new TrainingPosition(Epoch: 0, Batch: 4, Iteration: 4), stopped.Position);
        var again = new RecordingObserver();
        Train("resumed", again, resume: true);
        Assert.Equal(2, again.Evaluations.Count);
        Assert.Equal(5, again.Steps[0].Position.Iteration);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Resume_WithADamagedNewest_TakesTheOneBefore()
    {
        Train("straight");
        Train("damaged");
        var newest = Path.Combine(_run.WorkFolder("damaged"), "epoch_2.pth");
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..1000]);
        var observer = new RecordingObserver();
        Train("damaged", observer, resume: true);
        Assert.Contains("epoch_2.pth", Assert.Single(observer.Notices));
        Assert.Equal(4, observer.Steps.Count);
        AssertSameTraining("straight", "damaged");
    }

    [Fact]
    public void Resume_WithEverythingDamaged_Fails()
    {
        Train();
        foreach (var path in Directory.GetFiles(_run.WorkFolder(), "epoch_*.pth")) File.WriteAllText(path, "damaged");
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny");
        Assert.Contains("all 2 checkpoints are damaged", Assert.Throws<TrainingException>(trainer.Resume).Message);
    }

    [Fact]
    public void Resume_WithoutACheckpoint_BeginsAnew()
    {
        var observer = new RecordingObserver();
        Train(observer: observer, resume: true);
        Assert.Contains("begins anew", Assert.Single(observer.Notices));
        Assert.Equal(8, observer.Steps.Count);
    }

    [Fact]
    public void Resume_OfAFinishedRun_TrainsNothing()
    {
        Train();
        var observer = new RecordingObserver();
        Assert.True(Train(observer: observer, resume: true).IsFinished);
        Assert.Empty(observer.Steps);
    }

    [Fact]
    public void Resume_FromAnotherNetwork_NamesWhatDiffers()
    {
        Train();
        var wider = _run.Config.Model with { Neck = _run.Config.Model.Neck with { Channels = 64 } };
        using var trainer = new Trainer(_run.Config with { Model = wider }, _run.WorkFolder(), "tiny");
        Assert.Contains("neck.lateral_convs.0.conv.weight", Assert.Throws<TrainingException>(trainer.Resume).Message);
    }

    [Fact]
    public void Train_ToMaxIters_StopsInsideTheEpochAndGoesOnWhenItIsRaised()
    {
        // A cosine would depend on the length of the run.
        var whole = _run.Config with { LearningRate = new LearningRateOptions { WarmupIterations = 4 } };
        _run.Config = whole;
        Train("straight");
        _run.Config = whole with { Duration = whole.Duration with { MaxIterations = 6 } };
        var cut = Train("cut");
        Assert.True(cut.IsFinished);
        Assert.Equal(6, cut.Position.Iteration);
        _run.Config = whole;
        Train("cut", resume: true);
        AssertSameTraining("straight", "cut");
    }

    [Fact]
    public void Train_WithANonFiniteLoss_StopsAndKeepsTheLastCheckpoint()
    {
        _run.Config = _run.Config with
        {
            Optimizer = _run.Config.Optimizer with { LearningRate = 1e30 },
            LearningRate = new LearningRateOptions { WarmupIterations = 0 },
            Checkpoints = new CheckpointOptions { IterationInterval = 1 },
        };
        var observer = new RecordingObserver();
        var error = Assert.Throws<TrainingException>(() => Train(observer: observer));
        var failed = observer.Steps.Count + 1;
        Assert.Matches(
            $@"^Iteration {failed} \(epoch \d+, batch \d+\): the loss is not finite: cls .+, bbox .+, iou .+images \d+, \d+\.",
            error.Message);
        Assert.Equal($"iter_{failed - 1}.pth", observer.SavedFiles[^1]);
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny");
        trainer.Resume();
    }

    [Fact]
    public void Train_FromADetectorOfOtherClasses_StartsTheClassLayerAtRandom()
    {
        Train("first");
        var observer = new RecordingObserver();
        _run.Config = _run.Config with { LoadFrom = Path.Combine(_run.WorkFolder("first"), "latest.pth") };
        Train("same classes", observer);
        Assert.Empty(observer.Notices);

        SquaresDataset.Write(_run["other"], "train", imageCount: 4, classes: ["red", "green", "blue"]);
        var set = _run.Config.Data.Train with
        {
            AnnotationFiles = [Path.Combine(_run["other"], "train.json")],
            ImageFolders = [Path.Combine(_run["other"], "train")],
        };
        _run.Config = _run.Config with
        {
            Data = _run.Config.Data with { Train = set },
            Model = _run.Config.Model with { Head = _run.Config.Model.Head with { ClassCount = 3 } },
        };
        Train("other classes", observer);
        Assert.Contains("bbox_head.atss_cls.weight ([2, 32, 3, 3] for [3, 32, 3, 3])", Assert.Single(observer.Notices));
    }

    [Fact]
    public void Construct_WithAnotherNumberOfClasses_NamesBoth()
    {
        var model = _run.Config.Model with { Head = _run.Config.Model.Head with { ClassCount = 80 } };
        var config = _run.Config with { Model = model };
        var error = Assert.Throws<TrainingException>(() => new Trainer(config, _run.WorkFolder(), "tiny"));
        Assert.Contains("num_classes is 80", error.Message);
        Assert.Contains("red, green", error.Message);
    }

    Batch[] FirstBatches(int count) =>
        [.. BatchLoader.ForTraining(CocoDataset.Load(_run.Config.Data.Train, null), _run.Config).Epoch(0).Take(count)];

    TrainingResult Train(
        string name = "run", ITrainingObserver? observer = null, CancellationToken stop = default, bool resume = false)
    {
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(name), "tiny", observer);
        if (resume) trainer.Resume();
        return trainer.Train(stop);
    }

    /// <summary>Weights, batch norm statistics and momentum of the two newest checkpoints are equal bit for bit.</summary>
    void AssertSameTraining(string expected, string actual) =>
        CheckpointComparison.AssertEqual(_run.WorkFolder(expected), _run.WorkFolder(actual));

    string[] Names() => [.. new DirectoryInfo(_run.WorkFolder()).EnumerateFileSystemInfos().Select(entry => entry.Name)
        .Order(StringComparer.Ordinal)];
}
