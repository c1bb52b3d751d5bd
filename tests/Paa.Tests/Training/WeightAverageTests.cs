using Paa.Checkpoints;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>Averages of weights (EMA): the rules by hand, and whole runs.</summary>
[Collection("Native")]
public sealed class WeightAverageTests : IDisposable
{
    readonly TinyRun _run = new();
    Trainer? _trainer;                      // the one that trains, for what its observer looks at

    public void Dispose() => _run.Dispose();

    /// <summary>Shares of the new weights in the iterations 0, 1, 2, ...; 0 stands for no update.</summary>
    [Theory]
    [InlineData(WeightAverageKind.ExponentialMovingAverage, 0.25, null, 1, new[] { 1, 0.25, 0.25 })]
    [InlineData(WeightAverageKind.ExponentialMovingAverage, 0.25, null, 2, new[] { 1, 0, 0.25, 0, 0.25 })]
    [InlineData(WeightAverageKind.ExpMomentumEma, 0.5, 2, 1, new[] { 1, 0.6839397205857212, 0.6115650800742149 })]
    [InlineData(WeightAverageKind.MomentumAnnealingEma, 0.6, 4, 1, new[] { 1, 0.8, 2 / 3.0, 0.6, 0.6 })]
    [InlineData(WeightAverageKind.StochasticWeightAverage, 0.5, null, 2, new[] { 1, 0, 1 / 2.0, 0, 1 / 3.0 })]
    [InlineData(WeightAverageKind.EmaHook, 0.5, 4, 2, new[] { 0.25, 0, 0.25, 0 })]
    [InlineData(WeightAverageKind.EmaHook, 0.9, null, 1, new[] { 1 / 100.0, 2 / 101.0, 3 / 102.0 })]
    [InlineData(WeightAverageKind.LinearMomentumEmaHook, 0.9, 4, 1, new[] { 1 / 4.0, 2 / 5.0, 3 / 6.0 })]
    [InlineData(WeightAverageKind.LinearMomentumEmaHook, 0.9, 10, 2, new[] { 0, 2 / 11.0, 0, 4 / 13.0 })]
    [InlineData(WeightAverageKind.ExpMomentumEmaHook, 0.5, 2, 1, new[] { 0.8032653298563167, 0.6839397205857212 })]
    [InlineData(WeightAverageKind.ExpMomentumEmaHook, 0.0002, null, 2, new[] { 0, 0.9990006997334083 })]
    public void Share_IsThatOfTheRule(WeightAverageKind kind, double momentum, int? gamma, int interval, double[] shares)
    {
        var options = new WeightAverageOptions { Kind = kind, Momentum = momentum, Gamma = gamma, Interval = interval };
        foreach (var (step, share) in shares.Index()) Assert.Equal(share, WeightAverage.Share(options, step), 1e-15);
    }

    /// <summary>The average of a run, computed anew from the weights that each iteration left.</summary>
    [Theory]
    [InlineData(WeightAverageKind.ExponentialMovingAverage, false, 0)]
    [InlineData(WeightAverageKind.ExpMomentumEma, true, 0)]
    [InlineData(WeightAverageKind.StochasticWeightAverage, false, 5)]
    [InlineData(WeightAverageKind.ExpMomentumEmaHook, true, 0)]
    [InlineData(WeightAverageKind.EmaHook, false, 0)]
    public void Train_SavesTheAverage_AndTheWeightsBesideIt(WeightAverageKind kind, bool averagesBuffers, int begin)
    {
        Average(new() { Kind = kind, Momentum = 0.25, Gamma = 3, AveragesBuffers = averagesBuffers, FirstIteration = begin });
        var history = new List<StateDict>();
        using (_trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny", new RecordingObserver
        {
            AfterStep = _ => history.Add(_trainer!.Detector.ToStateDict()),
        }))
        {
            _trainer.Train();
        }
        var initial = InitialWeights();

        var (average, weights) = Saved("run");
        foreach (var (name, last) in weights)
        {
            var isBuffer = name.Contains("running_", StringComparison.Ordinal);
            if (last.Type != ScalarType.Float32 || (isBuffer && !averagesBuffers))
            {
                Assert.Equal(last.ToBytes(), average[name].ToBytes());
                continue;
            }
            var expected = initial[name].ToArray<float>().Select(value => (double)value).ToArray();
            for (var iteration = 0; iteration < 8; iteration++)
            {
                var step = Math.Max(0, iteration - Math.Max(0, begin - 1));
                var share = iteration + 1 < begin ? 1 : WeightAverage.Share(_run.Config.WeightAverage!, step);
                foreach (var (i, value) in history[iteration][name].ToArray<float>().Index())
                    expected[i] += (value - expected[i]) * share;
            }
            Assert.Equal(history[^1][name].ToBytes(), last.ToBytes());
            var actual = average[name].ToArray<float>();
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-6 * (1 + Math.Abs(expected[i])));
        }
        Assert.Contains(weights, pair => !pair.Value.ToBytes().SequenceEqual(average[pair.Key].ToBytes()));
    }

    [Theory]
    [InlineData(WeightAverageKind.ExpMomentumEma, 3)]
    [InlineData(WeightAverageKind.StochasticWeightAverage, 4)]
    [InlineData(WeightAverageKind.LinearMomentumEmaHook, 5)]
    public void Train_StoppedAndResumed_EndsWithTheSameAverage(WeightAverageKind kind, int stopAfter)
    {
        Average(new() { Kind = kind, Momentum = 0.25, Gamma = 3, Interval = 2, AveragesBuffers = true });
        _run.Train("straight");
        using var stop = new CancellationTokenSource();
        _run.Train("resumed", new RecordingObserver { AfterStep = i => { if (i == stopAfter) stop.Cancel(); } }, stop.Token);
        _run.Train("resumed", resume: true);
        CheckpointComparison.AssertEqual(_run.WorkFolder("straight"), _run.WorkFolder("resumed"));
    }

    [Fact]
    public void Evaluations_AreThoseOfTheAverage_AndLeaveTheWeights()
    {
        _run.Train("plain");
        Average(new() { Momentum = 0.25 });
        _run.Config = _run.Config with { Evaluation = new EvaluationOptions { EpochInterval = 2 } };
        StateDict? evaluated = null;
        using (_trainer = new Trainer(_run.Config, _run.WorkFolder("averaged"), "tiny", new RecordingObserver
        {
            WhileEvaluating = () => evaluated ??= _trainer!.Detector.ToStateDict(),
        }))
        {
            _trainer.Train();
        }
        var (average, weights) = Saved("averaged");
        AssertEqual(average, evaluated!);
        AssertEqual(average, StateDict.Load(Path.Combine(_run.WorkFolder("averaged"), CheckpointStore.BestName)));
        AssertEqual(StateDict.Load(Path.Combine(_run.WorkFolder("plain"), CheckpointStore.LatestName)), weights);
    }

    [Fact]
    public void Resume_WithoutAnAverage_BeginsOneAndSaysSo_AndTheOtherWayRound()
    {
        _run.Config = _run.Config with { Duration = new DurationOptions { MaxEpochs = 1 } };
        _run.Train();
        Average(new() { Momentum = 0.5 });
        _run.Config = _run.Config with { Duration = new DurationOptions { MaxEpochs = 2 } };
        var observer = new RecordingObserver();
        _run.Train(observer: observer, resume: true);
        Assert.Contains("has no average of the weights: that of ema begins with its weights.", observer.Notices[0]);

        var (average, weights) = Saved("run");
        const string Name = "neck.lateral_convs.0.conv.weight";
        Assert.NotEqual(average[Name].ToBytes(), weights[Name].ToBytes());
        _run.Config = _run.Config with { WeightAverage = null };
        observer = new RecordingObserver();
        using var trainer = new Trainer(_run.Config, _run.WorkFolder(), "tiny", observer);
        trainer.Resume();
        Assert.Contains("but the configuration has no ema: the run goes on without it.", observer.Notices[0]);
        Assert.Equal(weights[Name].ToBytes(), trainer.Detector.ToStateDict()[Name].ToBytes());
    }

    /// <summary>The layouts of MMDetection 2.x: buffers ema_*, exchanged at the end of an epoch and not inside of one.</summary>
    [Theory]
    [InlineData("epoch_1.pth")]
    [InlineData("iter_3.pth")]
    public void Read_FindsBothSets_InAFileOfMMDetection2(string name)
    {
        var (averages, weights) = (StoredTensor.From<float>([1, 2], 2), StoredTensor.From<float>([3, 4], 2));
        var isExchanged = name.StartsWith('e');
        var file = _run[name];
        TorchFile.Write(file, new PickleDict
        {
            ["meta"] = new PickleDict { ["epoch"] = 1L, ["iter"] = 4L },
            ["state_dict"] = new PickleDict
            {
                ["a.weight"] = isExchanged ? averages : weights,
                ["ema_a_weight"] = isExchanged ? weights : averages,
            },
        });
        var checkpoint = TrainingCheckpoint.Read(file);
        Assert.Equal([3, 4], checkpoint.StateDict["a.weight"].ToArray<float>());
        Assert.Equal([1, 2], checkpoint.Average!["a.weight"].ToArray<float>());
        Assert.Null(checkpoint.AverageSteps);
        Assert.Equal(["a.weight"], checkpoint.Average.Names);
    }

    static void AssertEqual(StateDict expected, StateDict actual)
    {
        Assert.Equal(expected.Names, actual.Names);
        foreach (var (name, tensor) in expected) Assert.True(tensor.ToBytes().SequenceEqual(actual[name].ToBytes()), name);
    }

    void Average(WeightAverageOptions options) => _run.Config = _run.Config with { WeightAverage = options };

    StateDict InitialWeights()
    {
        using var detector = new Paa.Training.Networks.TorchDetector(_run.Config.Model);
        detector.InitializeWeights(_run.Config.Seed);
        return detector.ToStateDict();
    }

    /// <summary>What every program reads from a file, and what stands beside it.</summary>
    (StateDict Average, StateDict Weights) Saved(string run, string name = CheckpointStore.LatestName)
    {
        var root = (PickleDict)TorchFile.Read(Path.Combine(_run.WorkFolder(run), name))!;
        var weights = new StateDict();
        foreach (var (key, tensor) in (PickleDict)root["ema_state_dict"]!)
            if ((string)key != "steps") weights.Add(((string)key)["module.".Length..], (StoredTensor)tensor!);
        Assert.Contains("ema:", ConfigOf(root));
        return (StateDict.FromGraph(root), weights);
    }

    static string ConfigOf(PickleDict root) => (string)((PickleDict)((PickleDict)root["meta"]!)["paa"]!)["config"]!;
}
