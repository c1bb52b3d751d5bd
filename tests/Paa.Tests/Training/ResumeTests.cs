using Paa.Checkpoints;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>Runs that are interrupted and go on, against runs that are not.</summary>
[Collection("Native")]
public sealed class ResumeTests : IDisposable
{
    readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Theory]
    [InlineData(1)]         // inside the first epoch
    [InlineData(4)]         // at its end
    [InlineData(6)]         // inside the second
    public void Train_StoppedAndResumed_EndsWithTheSameWeights(int stopAfter)
    {
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        var stopped = _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } },
            stop.Token);
        Assert.False(stopped.IsFinished);
        Assert.Equal(stopAfter, stopped.Position.Iteration);
        Assert.True(_run.Train("resumed", resume: true).IsFinished);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Train_WithAdamStoppedAndResumed_EndsWithTheSameWeights()
    {
        _run.Config = _run.Config with { Optimizer = new OptimizerOptions { Kind = OptimizerKind.AdamW, LearningRate = 1e-3 } };
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == 3) stop.Cancel(); } }, stop.Token);
        _run.Train("resumed", resume: true);
        AssertSameTraining("straight", "resumed");
    }

    /// <summary>With rates of their own, each in a group: the optimiser has one group a parameter, as MMDetection's.</summary>
    [Theory]
    [InlineData(OptimizerKind.SGD)]
    [InlineData(OptimizerKind.AdamW)]
    public void Train_WithFactorsOfParametersStoppedAndResumed_EndsWithTheSameWeights(OptimizerKind kind)
    {
        var factors = new ParameterwiseOptions
        {
            NormDecayFactor = 0,
            BiasRateFactor = 2,
            CustomKeys = new Dictionary<string, ParameterFactors> { ["backbone"] = new() { Rate = 0.1 } },
        };
        _run.Config = _run.Config with
        {
            Optimizer = new() { Kind = kind, LearningRate = 4e-3, Nesterov = kind == OptimizerKind.SGD, Parameterwise = factors },
            LearningRateScaling = new() { IsEnabled = true, BaseBatchSize = 4 },
        };
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == 3) stop.Cancel(); } }, stop.Token);
        _run.Train("resumed", resume: true);
        AssertSameTraining("straight", "resumed");

        var groups = OptimizerGroups("straight");
        Assert.Equal(
            [2e-3 * 0.1, 2e-3], groups.Select(group => (double)group["initial_lr"]!).Distinct().Order().Take(2));
        Assert.Equal(4e-3, groups.Max(group => (double)group["initial_lr"]!), 1e-12);
        Assert.All(groups, group => Assert.Single((List<object?>)group["params"]!));

        _run.Config = _run.Config with { Optimizer = _run.Config.Optimizer with { Parameterwise = null } };
        using var plain = new Trainer(_run.Config, _run.WorkFolder("straight"), "tiny");
        Assert.Contains($"1 parameter groups needed, got {groups.Count}", Assert.Throws<TrainingException>(plain.Resume).Message);
    }

    List<PickleDict> OptimizerGroups(string name)
    {
        var checkpoint = TrainingCheckpoint.Read(Path.Combine(_run.WorkFolder(name), CheckpointStore.LatestName));
        return [.. ((List<object?>)checkpoint.Optimizer!["param_groups"]!).Cast<PickleDict>()];
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
        _run.Train("straight", observer);
        Assert.Equal([3, 4, 7, 8], observer.Steps.Where(step => step.GradientNorm > 0).Select(step => step.Position.Iteration));
        Assert.Equal(["iter_3.pth", "epoch_1.pth", "iter_7.pth", "epoch_2.pth"], observer.SavedFiles);
        using var stop = new CancellationTokenSource();
        var stopped = _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } },
            stop.Token);
        Assert.Equal(stopsAt, stopped.Position.Iteration);
        _run.Train("resumed", resume: true);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Train_AfterACrash_EndsWithTheSameWeights()
    {
        _run.Config = _run.Config with { Checkpoints = new CheckpointOptions { IterationInterval = 3, MaxKept = 1 } };
        _run.Train("straight");
        var crash = new RecordingObserver { AfterStep = i => { if (i == 5) throw new InvalidTimeZoneException("crash"); } };
        Assert.Throws<InvalidTimeZoneException>(() => _run.Train("crashed", crash));
        var again = new RecordingObserver();
        _run.Train("crashed", again, resume: true);
        Assert.Equal(5, again.Steps[0].Position.Iteration);      // iteration 4 closed the epoch and was saved
        AssertSameTraining("straight", "crashed");
    }

    [Fact]
    public void Train_StoppedInAnEvaluation_EvaluatesWhenResumed()
    {
        _run.Config = _run.Config with { Evaluation = new EvaluationOptions { EpochInterval = 1 } };
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        var stopped = _run.Train("resumed", new RecordingObserver { WhileEvaluating = stop.Cancel }, stop.Token);
        Assert.False(stopped.IsFinished);
        Assert.Equal(new TrainingPosition(Epoch: 0, Batch: 4, Iteration: 4), stopped.Position);
        var again = new RecordingObserver();
        _run.Train("resumed", again, resume: true);
        Assert.Equal(2, again.Evaluations.Count);
        Assert.Equal(5, again.Steps[0].Position.Iteration);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Resume_WithADamagedNewestCheckpoint_TakesTheOneBefore()
    {
        _run.Train("straight");
        _run.Train("damaged");
        var newest = Path.Combine(_run.WorkFolder("damaged"), "epoch_2.pth");
        File.WriteAllBytes(newest, File.ReadAllBytes(newest)[..1000]);
        var observer = new RecordingObserver();
        _run.Train("damaged", observer, resume: true);
        Assert.Contains("epoch_2.pth", Assert.Single(observer.Notices));
        Assert.Equal(4, observer.Steps.Count);
        AssertSameTraining("straight", "damaged");
    }

    [Fact]
    public void Resume_WithEverythingDamaged_Fails()
    {
        _run.Train();
        foreach (var path in Directory.GetFiles(_run.WorkFolder(), "epoch_*.pth")) File.WriteAllText(path, "damaged");
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny");
        Assert.Contains("all 2 checkpoints are damaged", Assert.Throws<TrainingException>(trainer.Resume).Message);
    }

    [Fact]
    public void Resume_WithoutACheckpoint_BeginsAnew()
    {
        var observer = new RecordingObserver();
        _run.Train(observer: observer, resume: true);
        Assert.Contains("begins anew", Assert.Single(observer.Notices));
        Assert.Equal(8, observer.Steps.Count);
    }

    [Fact]
    public void Resume_OfAFinishedRun_TrainsNothing()
    {
        _run.Train();
        var observer = new RecordingObserver();
        Assert.True(_run.Train(observer: observer, resume: true).IsFinished);
        Assert.Empty(observer.Steps);
    }

    [Fact]
    public void Resume_FromAnotherNetwork_NamesWhatDiffers()
    {
        _run.Train();
        var wider = _run.Config.Model with { Neck = _run.Config.Model.Neck with { Channels = 64 } };
        using var trainer = new Trainer(_run.Config with { Model = wider }, _run.WorkFolder(), "tiny");
        Assert.Contains("neck.lateral_convs.0.conv.weight", Assert.Throws<TrainingException>(trainer.Resume).Message);
    }

    /// <summary>Checkpoints of a run, rewritten in the layouts of MMDetection, go on to the same bits.</summary>
    [Theory]
    [InlineData(2, "epoch_1.pth")]
    [InlineData(2, "iter_6.pth")]
    [InlineData(3, "epoch_1.pth")]
    [InlineData(3, "iter_6.pth")]
    public void Resume_FromMMDetection_EndsWithTheSameWeights(int generation, string file)
    {
        _run.Config = _run.Config with { Checkpoints = new CheckpointOptions { IterationInterval = 6 } };
        if (generation == 3) _run.Config = _run.Config with { WeightAverage = new() { Momentum = 0.25 } };
        _run.Train("straight");
        var path = Rewrite(file, generation);
        var observer = new RecordingObserver();
        using (var trainer = new Trainer(_run.Config, _run.WorkFolder("resumed"), "tiny", observer))
        {
            trainer.Resume(path);
            trainer.Train();
        }
        Assert.Equal($"{path} is MMDetection's: weights, momentum and schedule go on, the order of the images is drawn anew.",
            Assert.Single(observer.Notices));
        Assert.Equal(file == "epoch_1.pth" ? 4 : 2, observer.Steps.Count);
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Resume_FromMMDetectionsOtherBatch_CountsEpochs_AndNamesTheOtherRate()
    {
        _run.Train("straight");
        var path = Rewrite("epoch_1.pth", generation: 2, iteration: 77, rate: 0.0025);
        var observer = new RecordingObserver();
        using var trainer = new Trainer(_run.Config, _run.WorkFolder("resumed"), "tiny", observer);
        trainer.Resume(path);
        trainer.Train();
        Assert.EndsWith("drawn anew; its 77 iterations count as 4, which are 1 epochs here; its learning rate was 0.0025, the "
            + "configuration's is 0.02.", Assert.Single(observer.Notices));
        AssertSameTraining("straight", "resumed");
    }

    [Fact]
    public void Resume_FromMMDetectionWithoutAnOptimizer_SaysWhatToDo()
    {
        _run.Train("straight");
        var path = Rewrite("epoch_1.pth", generation: 2);
        var root = (PickleDict)TorchFile.Read(path)!;
        var bare = new PickleDict { ["meta"] = root["meta"], ["state_dict"] = root["state_dict"] };
        TorchFile.Write(_run["bare.pth"], bare);
        using var trainer = new Trainer(_run.Config, _run.WorkFolder("resumed"), "tiny");
        Assert.Equal(
            $"{_run["bare.pth"]} has no state of the optimiser, so no run can resume; set load_from to start from its weights.",
            Assert.Throws<TrainingException>(() => trainer.Resume(_run["bare.pth"])).Message);
    }

    /// <summary>Writes a checkpoint of the run "straight" as MMDetection would have written it.</summary>
    string Rewrite(string file, int generation, long? iteration = null, double? rate = null)
    {
        var own = (PickleDict)TorchFile.Read(Path.Combine(_run.WorkFolder("straight"), file))!;
        var (epoch, trained) = ((long)((PickleDict)own["meta"]!)["epoch"]!, (long)((PickleDict)own["meta"]!)["iter"]!);
        var isInside = file.StartsWith('i');
        var optimizer = (PickleDict)own["optimizer"]!;
        var group = (PickleDict)((List<object?>)optimizer["param_groups"]!)[0]!;
        if (rate is not null) group["initial_lr"] = rate;
        var root = new PickleDict { ["state_dict"] = own["state_dict"], ["optimizer"] = optimizer };
        if (generation == 2)
        {
            root["meta"] = new PickleDict
            {
                ["epoch"] = isInside ? epoch + 1 : epoch,
                ["iter"] = iteration ?? (isInside ? trained - 1 : trained),
                ["mmdet_version"] = "2.25.0",
                ["CLASSES"] = new PickleTuple([.. SquaresDataset.Classes]),
                ["config"] = "model = dict(type='PAA')",
                ["hook_msgs"] = new PickleDict(),
            };
        }
        else
        {
            root["meta"] = new PickleDict
            {
                ["epoch"] = epoch,
                ["iter"] = trained,
                ["cfg"] = "model = dict(type='PAA')",
                ["seed"] = 1234567L,
                ["mmengine_version"] = "0.10.4",
                ["dataset_meta"] = new PickleDict { ["classes"] = new PickleTuple([.. SquaresDataset.Classes]) },
            };
            root["message_hub"] = new PickleDict
            {
                ["log_scalars"] = new PickleDict { ["train/lr"] = null },
                ["runtime_info"] = new PickleDict { ["epoch"] = epoch, ["max_epochs"] = 2L },
            };
            root["param_schedulers"] = new List<object?> { new PickleDict { ["last_step"] = trained } };
            optimizer["base_param_settings"] = new PickleDict { ["params"] = StoredTensor.From<float>([0], 1), ["lr"] = 0.02 };
            root["ema_state_dict"] = own["ema_state_dict"];
        }
        var path = _run[file];
        TorchFile.Write(path, root);
        return path;
    }

    [Fact]
    public void Train_ToMaxIters_StopsInsideTheEpochAndGoesOnWhenItIsRaised()
    {
        // A cosine would depend on the length of the run.
        var whole = _run.Config with { LearningRate = new LearningRateOptions { WarmupIterations = 4 } };
        _run.Config = whole;
        _run.Train("straight");
        _run.Config = whole with { Duration = whole.Duration with { MaxIterations = 6 } };
        var cut = _run.Train("cut");
        Assert.True(cut.IsFinished);
        Assert.Equal(6, cut.Position.Iteration);
        _run.Config = whole;
        _run.Train("cut", resume: true);
        AssertSameTraining("straight", "cut");
    }

    /// <summary>Weights, batch norm statistics and momentum of the two newest checkpoints are equal bit for bit.</summary>
    void AssertSameTraining(string expected, string actual) =>
        CheckpointComparison.AssertEqual(_run.WorkFolder(expected), _run.WorkFolder(actual));
}
