using Paa.Options;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>A training run of seconds: eight pictures of squares, ResNet-18 with 8 base channels, three levels.</summary>
sealed class TinyRun : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public TinyRun(int imageCount = 8, int emptyCount = 0)
    {
        SquaresDataset.Write(_folder.Path, "train", imageCount, emptyCount: emptyCount);
        var set = new DatasetOptions
        {
            AnnotationFiles = [_folder["train.json"]],
            ImageFolders = [_folder["train"]],
            Scales = [[96, 96]],
        };
        Config = new PaaConfig
        {
            Model = new ModelOptions
            {
                Backbone = new BackboneOptions { Depth = 18, BaseChannels = 8, FrozenStages = -1, NormEval = false },
                Neck = new FeaturePyramidOptions { Channels = 32, LevelCount = 3 },
                Head = new HeadOptions
                {
                    ClassCount = SquaresDataset.Classes.Length,
                    TowerDepth = 1,
                    TowerChannels = 32,
                    Anchors = new AnchorOptions { Scale = 4, Strides = [8, 16, 32] },
                },
            },
            Data = new DataOptions
            {
                BatchSize = 2,
                Train = set with { FlipProbability = [0.5] },
                Val = set,
                Test = set,
            },
            Optimizer = new OptimizerOptions { LearningRate = 0.02 },
            Gradients = new GradientOptions { Clipping = new GradientClippingOptions { MaxNorm = 10 } },
            LearningRateScaling = new LearningRateScalingOptions { BaseBatchSize = 2 },
            LearningRate = new LearningRateOptions
            {
                Policy = LearningRatePolicy.Cosine,
                WarmupIterations = 4,
                WarmupRatio = 0.1,
            },
            Duration = new DurationOptions { MaxEpochs = 2 },
            Evaluation = new EvaluationOptions { EpochInterval = 0 },
            Log = new LogOptions { Interval = 2 },
            Seed = 7,
            ThreadCount = 1,
        };
    }

    /// <summary>The run; a test changes what it is about.</summary>
    public PaaConfig Config { get; set; }

    /// <summary>A folder for log and checkpoints; each name is a run of its own.</summary>
    public string WorkFolder(string name = "run") => _folder[name];

    /// <summary>A file or folder of the run.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Trains, or continues to train, in a folder for log and checkpoints.</summary>
    public TrainingResult Train(
        string name = "run", ITrainingObserver? observer = null, CancellationToken stop = default, bool resume = false)
    {
        using var trainer = new Trainer(Config, WorkFolder(name), "tiny", observer);
        if (resume) trainer.Resume();
        return trainer.Train(stop);
    }

    public void Dispose() => _folder.Dispose();
}
