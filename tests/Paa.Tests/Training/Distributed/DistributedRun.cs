using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training.Distributed;

/// <summary>A tiny run whose outcome does not depend on how its batch is divided: equal padding, no augmentation, one step
/// per epoch.</summary>
sealed class DistributedRun : IDisposable
{
    readonly TinyRun _run;

    /// <param name="imageCount">Images, all of them in every step.</param>
    /// <param name="emptyCount">How many of them have no boxes.</param>
    /// <param name="isNormTrained">Batch norm by the statistics of the batch, or frozen.</param>
    public DistributedRun(int imageCount = 8, int emptyCount = 0, bool isNormTrained = true)
    {
        _run = new TinyRun(imageCount, emptyCount);
        var config = _run.Config;
        Config = config with
        {
            Model = config.Model with
            {
                Backbone = config.Model.Backbone with { NormEval = !isNormTrained, FrozenStages = isNormTrained ? -1 : 1 },
                Profile = SemanticsProfile.Original,
            },
            Data = config.Data with
            {
                BatchSize = imageCount,
                SizeDivisor = 96,               // every image is padded to the same size
                LoaderThreads = 1,
                Train = config.Data.Train with { FlipProbability = [0] },
            },
            Optimizer = new OptimizerOptions { LearningRate = 0.001 },
            LearningRateScaling = new LearningRateScalingOptions { BaseBatchSize = imageCount },
            Duration = new DurationOptions { MaxEpochs = 20 },
            Checkpoints = new CheckpointOptions { EpochInterval = 20 },
            Log = new LogOptions { Interval = 1 },
        };
    }

    /// <summary>The run; a test changes what it is about.</summary>
    public PaaConfig Config { get; set; }

    /// <summary>A file or folder of the run.</summary>
    public string this[string name] => _run[name];

    /// <summary>The command line that trains on several processes, with one computing thread each.</summary>
    /// <param name="processes">How many.</param>
    /// <param name="name">The folder for log and checkpoints.</param>
    /// <param name="more">More arguments of <c>paa train</c>.</param>
    public string[] Command(int processes, string name, params string[] more)
    {
        var file = _run[$"{name}-{processes}.yaml"];
        var images = Config.Data.BatchSize / processes;
        File.WriteAllText(file, ConfigWriter.ToYaml(Config with { Data = Config.Data with { BatchSize = images } }));
        string[] train = ["train", file, "--work-dir", _run[name], .. more];
        return processes == 1 ? train : ["launch", "--nproc", $"{processes}", "--timeout", "15", "--", .. train];
    }

    /// <summary>Trains in this process.</summary>
    public void Train(string name)
    {
        using var trainer = new Trainer(Config, _run[name], "tiny");
        trainer.Train();
    }

    /// <summary>The largest difference of a weight or buffer between two runs' last checkpoints, relative to its tensor's largest
    /// value.</summary>
    /// <param name="one">A run.</param>
    /// <param name="other">The other one.</param>
    /// <param name="part">What is compared of the first run's checkpoint; null for the weights.</param>
    /// <param name="otherPart">What of the other's; null for the same.</param>
    public double Difference(
        string one, string other, Func<TrainingCheckpoint, StateDict>? part = null,
        Func<TrainingCheckpoint, StateDict>? otherPart = null)
    {
        part ??= checkpoint => checkpoint.StateDict;
        var (first, second) = (Weights(one, part), Weights(other, otherPart ?? part));
        Assert.Equal(first.Keys, second.Keys);
        return first.Max(pair => pair.Value.Zip(second[pair.Key], (a, b) => Math.Abs(a - (double)b)).Max()
            / Math.Max(1e-3, pair.Value.Max(Math.Abs)));
    }

    /// <summary>Floating-point tensors of a run's last checkpoint.</summary>
    Dictionary<string, float[]> Weights(string name, Func<TrainingCheckpoint, StateDict> part) =>
        part(TrainingCheckpoint.Read(Path.Combine(_run[name], CheckpointStore.LatestName)))
        .Where(pair => pair.Value.Type == ScalarType.Float32)
        .ToDictionary(pair => pair.Key, pair => pair.Value.ToArray<float>());

    public void Dispose() => _run.Dispose();
}
