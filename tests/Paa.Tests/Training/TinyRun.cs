using Paa.Configuration;
using Paa.Models;

namespace Paa.Tests.Training;

/// <summary>A training run of seconds: eight pictures of squares, ResNet-18 with 8 base channels, three levels.</summary>
sealed class TinyRun : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public TinyRun(int imageCount = 8, int emptyCount = 0)
    {
        SquaresDataset.Write(_folder.Path, "train", imageCount, emptyCount: emptyCount);
        var set = new DatasetOptions { AnnFile = [_folder["train.json"]], ImgPrefix = [_folder["train"]], ImgScale = [[96, 96]] };
        Config = new PaaConfig
        {
            Model = new ModelOptions
            {
                Backbone = new ResNetOptions { Depth = 18, BaseChannels = 8, FrozenStages = -1, NormEval = false },
                Neck = new FeaturePyramidOptions { OutChannels = 32, NumOuts = 3 },
                BboxHead = new PaaHeadOptions
                {
                    NumClasses = SquaresDataset.Classes.Length,
                    StackedConvs = 1,
                    FeatChannels = 32,
                    AnchorGenerator = new AnchorOptions { OctaveBaseScale = 4, Strides = [8, 16, 32] },
                },
            },
            Data = new DataOptions
            {
                SamplesPerGpu = 2,
                Train = set with { FlipRatio = [0.5] },
                Val = set,
                Test = set,
            },
            Optimizer = new OptimizerOptions { Lr = 0.02 },
            OptimizerConfig = new OptimizerHookOptions { GradClip = new GradientClipOptions { MaxNorm = 10 } },
            AutoScaleLr = new LearningRateScalingOptions { BaseBatchSize = 2 },
            LrConfig = new LearningRateOptions { Policy = LearningRatePolicy.Cosine, WarmupIters = 4, WarmupRatio = 0.1 },
            Runner = new RunnerOptions { MaxEpochs = 2 },
            Evaluation = new EvaluationOptions { Interval = 0 },
            LogConfig = new LogOptions { Interval = 2 },
            Seed = 7,
            Threads = 1,
        };
    }

    /// <summary>The run; a test changes what it is about.</summary>
    public PaaConfig Config { get; set; }

    /// <summary>A folder for log and checkpoints; each name is a run of its own.</summary>
    public string WorkFolder(string name = "run") => _folder[name];

    public string this[string name] => _folder[name];

    public void Dispose() => _folder.Dispose();
}
