namespace Paa.Options;

/// <summary>Kinds of optimiser.</summary>
public enum OptimizerKind
{
    /// <summary>Stochastic gradient descent with momentum.</summary>
    SGD,

    /// <summary>Adam with decoupled weight decay.</summary>
    AdamW,
}

/// <summary>The rule that updates the weights.</summary>
public sealed record OptimizerOptions
{
    /// <summary>SGD or AdamW.</summary>
    [ConfigKey("type")]
    public OptimizerKind Kind { get; init; } = OptimizerKind.SGD;

    /// <summary>Learning rate after warm-up; 0.01 is for 8 GPUs of 2 images each.</summary>
    [ConfigKey("lr")]
    public double LearningRate { get; init; } = 0.01;

    /// <summary>Momentum of SGD.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>L2 penalty on every parameter (SGD) or decoupled decay (AdamW).</summary>
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>Decay of AdamW's averages of gradient and squared gradient.</summary>
    public double[] Betas { get; init; } = [0.9, 0.999];
}

/// <summary>What happens between backward pass and update.</summary>
public sealed record GradientOptions
{
    /// <summary>Clip the norm of all gradients; null: no clipping.</summary>
    [ConfigKey("grad_clip")]
    public GradientClippingOptions? Clipping { get; init; }

    /// <summary>Batches whose gradients make one update of the weights: a larger batch than fits into memory. Each loss is
    /// divided by their number; updates do not reach across epochs.</summary>
    [ConfigKey("cumulative_iters")]
    public int AccumulationSteps { get; init; } = 1;
}

/// <summary>Scale all gradients so that their joint L2 norm is at most <see cref="MaxNorm"/>.</summary>
public sealed record GradientClippingOptions
{
    /// <summary>The largest norm.</summary>
    public double MaxNorm { get; init; } = 35;
}

/// <summary>Types of number in which convolutions are trained.</summary>
public enum MixedPrecision
{
    /// <summary>Single precision.</summary>
    Off,

    /// <summary>bfloat16: the range of single precision with 8 bits of significand; needs no loss scale.</summary>
    Bf16,

    /// <summary>Half precision, with a loss scale.</summary>
    Fp16,
}

/// <summary>How a training step computes.</summary>
public sealed record PrecisionOptions
{
    /// <summary>Mixed precision: libtorch's autocast around the network. Weights, losses, assignment and optimiser stay in single
    /// precision, and so does the evaluation.</summary>
    [ConfigKey("amp")]
    public MixedPrecision MixedPrecision { get; init; } = MixedPrecision.Off;

    /// <summary>By what the loss is multiplied with <see cref="MixedPrecision.Fp16"/>; otherwise not used.</summary>
    public LossScaleOptions LossScale { get; init; } = new();

    /// <summary>Keep the channels of a pixel side by side, which tensor cores prefer; null: on CUDA with mixed
    /// precision.</summary>
    public bool? ChannelsLast { get; init; }
}

/// <summary>Whether a loss scale changes.</summary>
public enum LossScaleMode
{
    /// <summary>It backs off where gradients overflow, and grows where they do not.</summary>
    Dynamic,

    /// <summary>It stays.</summary>
    Static,
}

/// <summary>The loss scale of half precision, with the arguments and defaults of PyTorch's <c>GradScaler</c>.</summary>
public sealed record LossScaleOptions
{
    /// <summary>Whether it changes.</summary>
    public LossScaleMode Mode { get; init; } = LossScaleMode.Dynamic;

    /// <summary>The scale at the beginning, or always.</summary>
    [ConfigKey("init_scale")]
    public double InitialScale { get; init; } = 65536;

    /// <summary>Factor after so many sound updates.</summary>
    public double GrowthFactor { get; init; } = 2;

    /// <summary>Factor after an update that was skipped because a gradient was not finite.</summary>
    public double BackoffFactor { get; init; } = 0.5;

    /// <summary>Sound updates in a row before the scale grows.</summary>
    public int GrowthInterval { get; init; } = 2000;
}

/// <summary>Shapes of the learning rate over a run.</summary>
public enum LearningRatePolicy
{
    /// <summary>Multiplied by gamma at listed epochs.</summary>
    Step,

    /// <summary>Half a cosine from the full rate down to min_lr_ratio of it, by iteration.</summary>
    Cosine,
}

/// <summary>Learning rate by iteration and epoch.</summary>
public sealed record LearningRateOptions
{
    /// <summary>Step or cosine.</summary>
    public LearningRatePolicy Policy { get; init; } = LearningRatePolicy.Step;

    /// <summary>Iterations of linear warm-up; 0 for none.</summary>
    [ConfigKey("warmup_iters")]
    public int WarmupIterations { get; init; } = 500;

    /// <summary>The part of the rate at iteration 0.</summary>
    public double WarmupRatio { get; init; } = 0.001;

    /// <summary>Epochs (0-based) at which the rate falls.</summary>
    [ConfigKey("step")]
    public int[] DecayEpochs { get; init; } = [8, 11];

    /// <summary>Factor at each step.</summary>
    [ConfigKey("gamma")]
    public double DecayFactor { get; init; } = 0.1;

    /// <summary>The part of the rate at the end of a cosine.</summary>
    [ConfigKey("min_lr_ratio")]
    public double FinalRatio { get; init; }
}

/// <summary>The learning rate in proportion to the batch, as MMDetection's key of this name.</summary>
public sealed record LearningRateScalingOptions
{
    /// <summary>Multiply <c>optimizer.lr</c> by the images of an update over <see cref="BaseBatchSize"/>.</summary>
    [ConfigKey("enable")]
    public bool IsEnabled { get; init; }

    /// <summary>Images of an update for which <c>optimizer.lr</c> was chosen: 8 GPUs of 2 images each.</summary>
    public int BaseBatchSize { get; init; } = 16;
}

/// <summary>Length of the training.</summary>
public sealed record DurationOptions
{
    /// <summary>Passes over the training set.</summary>
    public int MaxEpochs { get; init; } = 12;

    /// <summary>Stop after this many iterations, whatever the epoch; null: no such limit.</summary>
    [ConfigKey("max_iters")]
    public int? MaxIterations { get; init; }
}

/// <summary>When checkpoints are written and how many are kept.</summary>
public sealed record CheckpointOptions
{
    /// <summary>Epochs between checkpoints.</summary>
    [ConfigKey("interval")]
    public int EpochInterval { get; init; } = 1;

    /// <summary>Iterations between checkpoints inside an epoch; 0 for none.</summary>
    [ConfigKey("iter_interval")]
    public int IterationInterval { get; init; }

    /// <summary>Newest checkpoints kept; -1 for all. The best one is always kept.</summary>
    [ConfigKey("max_keep_ckpts")]
    public int MaxKept { get; init; } = -1;
}

/// <summary>Evaluation during the training.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Epochs between evaluations; 0 for none.</summary>
    [ConfigKey("interval")]
    public int EpochInterval { get; init; } = 1;

    /// <summary>Keep the checkpoint of best box AP as <c>best.pth</c>.</summary>
    public bool SaveBest { get; init; } = true;
}

/// <summary>Progress and log.</summary>
public sealed record LogOptions
{
    /// <summary>Iterations between lines of the log.</summary>
    public int Interval { get; init; } = 50;
}
