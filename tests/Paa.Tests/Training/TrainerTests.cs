using Paa.Inference;
using Paa.Options;
using Paa.Training;
using Paa.Training.Logs;
using Paa.Training.Networks;

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
        var result = _run.Train(observer: observer);
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
        _run.Train();
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
        _run.Train(observer: observer);
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
        Assert.All(observer.Steps, step =>
            Assert.True(step.Losses is { Classification: > 0, BoxRegression: 0, IouPrediction: 0 }));
    }

    [Fact]
    public void Train_WithAnUnreadablePicture_TellsOnceAndGoesOn()
    {
        File.WriteAllText(Path.Combine(_run.Config.Data.Train.ImageFolders[0], "3.png"), "not a picture");
        var observer = new RecordingObserver();
        Assert.True(_run.Train(observer: observer).IsFinished);
        Assert.Contains("3.png", Assert.Single(observer.Notices));
    }

    [Fact]
    public void Train_SavesEveryFewIterationsAcrossEpochs()
    {
        _run.Config = _run.Config with { Checkpoints = new CheckpointOptions { EpochInterval = 2, IterationInterval = 2 } };
        var observer = new RecordingObserver();
        _run.Train(observer: observer);
        Assert.Equal(["iter_2.pth", "iter_4.pth", "iter_6.pth", "epoch_2.pth"], observer.SavedFiles);
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
        var error = Assert.Throws<TrainingException>(() => _run.Train(observer: observer));
        var failed = observer.Steps.Count + 1;
        Assert.Matches(
            $@"^Iteration {failed} \(epoch \d+, batch \d+\): the loss is not finite: cls .+, bbox .+, iou .+images \d+, \d+\.",
            error.Message);
        Assert.Equal($"iter_{failed - 1}.pth", observer.SavedFiles[^1]);
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny");
        trainer.Resume();
    }

    [Fact]
    public void Train_FromADetectorOfOtherClasses_StartsNewClassesAtRandom()
    {
        _run.Train("first");
        var observer = new RecordingObserver();
        _run.Config = _run.Config with { LoadFrom = Path.Combine(_run.WorkFolder("first"), "latest.pth") };
        _run.Train("same classes", observer);
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
        _run.Train("other classes", observer);
        Assert.Contains("bbox_head.atss_cls.weight ([2, 32, 3, 3] for [3, 32, 3, 3])", Assert.Single(observer.Notices));
        Assert.Contains("red, green keep their weights; new: blue", observer.Notices[0]);
    }

    [Fact]
    public void Train_FromADetectorOfTheSameClassesInAnotherOrder_FindsTheSameByName()
    {
        _run.Config = _run.Config with
        {
            Model = _run.Config.Model with { Backbone = _run.Config.Model.Backbone with { NormEval = true } },
            Duration = new DurationOptions { MaxEpochs = 40 },
        };
        var first = _run.Train("first").Checkpoint!;
        _run.Config = _run.Config with
        {
            LoadFrom = first,
            Data = _run.Config.Data with { Classes = [.. SquaresDataset.Classes.Reverse()] },
            Optimizer = new OptimizerOptions { LearningRate = 1e-30, WeightDecay = 0 },
            Duration = new DurationOptions { MaxEpochs = 1 },
        };
        var second = _run.Train("second").Checkpoint!;
        var image = Directory.GetFiles(Path.GetDirectoryName(_run.Config.Data.Train.AnnotationFiles[0])!, "*.png",
            SearchOption.AllDirectories).Order().First();
        var found = Find(first);
        Assert.True(found.Count > 0 && found[0].Score > 0.3, "the first run found nothing, so the comparison says nothing");
        Assert.Equal(found, Find(second));

        List<(string, float Score, Paa.Boxes.Box)> Find(string checkpoint)
        {
            using var detector = Detector.Load(checkpoint);
            return [.. detector.Detect(image).BestFirst(0.05f).Select(d => (detector.Classes[d.Label], d.Score, d.Box))];
        }
    }

    [Fact]
    public void Train_InAFolderThatHoldsARun_ReplacesNothing()
    {
        _run.Config = _run.Config with { Duration = new DurationOptions { MaxEpochs = 1 } };
        _run.Train();
        var latest = File.ReadAllBytes(Path.Combine(_run.WorkFolder(), CheckpointStore.LatestName));
        var error = Assert.Throws<TrainingException>(() => _run.Train());
        Assert.Equal($"{_run.WorkFolder()} holds the checkpoints of a run, which this one would replace: call Resume to continue "
            + "it, or choose another folder.", error.Message);
        Assert.Equal(latest, File.ReadAllBytes(Path.Combine(_run.WorkFolder(), CheckpointStore.LatestName)));
        _run.Train(resume: true);
    }

    [Fact]
    public void Train_WithEpochsShorterThanTheInterval_LogsEachEpoch()
    {
        _run.Config = _run.Config with { Log = new LogOptions { Interval = 50 } };
        _run.Train();
        var history = LogReader.Read(Path.Combine(_run.WorkFolder(), TrainingLog.FileName));
        Assert.Equal([1, 2], history.Train.Select(entry => entry.Epoch));
        Assert.All(history.Train, entry => Assert.True(entry.Loss > 0));
    }

    /// <summary>The shared parts of a process, its random generator and number of threads, are nobody's.</summary>
    [Fact]
    public void TwoRunsAtOnce_EqualEachAlone()
    {
        var config = _run.Config with { Duration = new DurationOptions { MaxEpochs = 1 } };
        PaaConfig[] configs = [config with { Seed = 1, ThreadCount = 1 }, config with { Seed = 2, ThreadCount = 2 }];
        var alone = configs.Select((own, i) => Losses(own, $"alone{i}")).ToArray();
        for (var round = 0; round < 3; round++)
        {
            var together = new string[configs.Length];
            Parallel.For(0, configs.Length, i => together[i] = Losses(configs[i], $"together{i}_{round}"));
            Assert.Equal(alone, together);
        }

        string Losses(PaaConfig own, string name)
        {
            var observer = new RecordingObserver();
            using var trainer = new Trainer(own, _run.WorkFolder(name), "tiny", observer);
            trainer.Train();
            return string.Join(' ', observer.Steps.Select(step => step.Losses.Total.ToString("R")));
        }
    }

    [Fact]
    public void RandomWeights_DependOnTheirSeedAlone_WhateverOtherThreadsDraw()
    {
        var expected = Enumerable.Range(0, 4).Select(Weights).ToArray();
        var threads = new ParallelOptions { MaxDegreeOfParallelism = 4 };
        Parallel.For(0, 64, threads, i => Assert.Equal(expected[i % 4], Weights(i % 4)));

        float[] Weights(int seed)
        {
            using var detector = new TorchDetector(_run.Config.Model);
            detector.InitializeWeights(seed);
            return [.. detector.Parameters.Parameters.SelectMany(parameter => parameter.Tensor.ToArray<float>())];
        }
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

    string[] Names() => [.. new DirectoryInfo(_run.WorkFolder()).EnumerateFileSystemInfos().Select(entry => entry.Name)
        .Order(StringComparer.Ordinal)];
}
