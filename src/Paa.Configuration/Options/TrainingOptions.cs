namespace Paa.Options;

/// <summary>Steps between the backward pass and the update.</summary>
public sealed record GradientOptions
{
    /// <summary>Clips the norm of all gradients; null for no clipping.</summary>
    [ConfigKey("grad_clip")]
    public GradientClippingOptions? Clipping { get; init; }

    /// <summary>
    /// Number of batches whose gradients make one update, for a batch larger than memory. Each loss is divided by this number; an
    /// update does not span two epochs.
    /// </summary>
    [ConfigKey("cumulative_iters")]
    public int AccumulationSteps { get; init; } = 1;
}

/// <summary>Scales all gradients so that their joint L2 norm is at most <see cref="MaxNorm"/>.</summary>
public sealed record GradientClippingOptions
{
    /// <summary>The maximum norm.</summary>
    public double MaxNorm { get; init; } = 35;
}

/// <summary>Number formats in which convolutions are trained.</summary>
public enum MixedPrecision
{
    /// <summary>Single precision.</summary>
    Off,

    /// <summary>bfloat16: the range of single precision with 8 bits of significand; needs no loss scale.</summary>
    Bf16,

    /// <summary>Half precision, with a loss scale.</summary>
    Fp16,
}

/// <summary>Number formats of a training step.</summary>
public sealed record PrecisionOptions
{
    /// <summary>
    /// Mixed precision: libtorch's autocast around the network. Weights, losses, assignment, optimiser and evaluation stay in
    /// single precision.
    /// </summary>
    [ConfigKey("amp")]
    public MixedPrecision MixedPrecision { get; init; } = MixedPrecision.Off;

    /// <summary>The factor of the loss with <see cref="MixedPrecision.Fp16"/>; otherwise unused.</summary>
    public LossScaleOptions LossScale { get; init; } = new();

    /// <summary>
    /// Whether to store the channels of a pixel side by side, which suits tensor cores; null: on CUDA with mixed precision.
    /// </summary>
    public bool? ChannelsLast { get; init; }
}

/// <summary>Whether the loss scale adapts.</summary>
public enum LossScaleMode
{
    /// <summary>It shrinks after an overflow of the gradients and grows after a series of finite updates.</summary>
    Dynamic,

    /// <summary>It is constant.</summary>
    Static,
}

/// <summary>The loss scale of half precision, with the arguments and defaults of PyTorch's <c>GradScaler</c>.</summary>
public sealed record LossScaleOptions
{
    /// <summary>Whether the scale adapts.</summary>
    public LossScaleMode Mode { get; init; } = LossScaleMode.Dynamic;

    /// <summary>The initial scale, or the constant one.</summary>
    [ConfigKey("init_scale")]
    public double InitialScale { get; init; } = 65536;

    /// <summary>Factor of the scale after <see cref="GrowthInterval"/> finite updates in a row.</summary>
    public double GrowthFactor { get; init; } = 2;

    /// <summary>Factor of the scale after an update that was skipped because a gradient was not finite.</summary>
    public double BackoffFactor { get; init; } = 0.5;

    /// <summary>Number of finite updates in a row before the scale grows.</summary>
    public int GrowthInterval { get; init; } = 2000;
}

/// <summary>Course of the learning rate over a run.</summary>
public enum LearningRatePolicy
{
    /// <summary>The rate is multiplied by gamma at the listed epochs.</summary>
    Step,

    /// <summary>The rate follows half a cosine from its full value down to min_lr_ratio of it.</summary>
    Cosine,
}

/// <summary>Courses of the factor of the learning rate during warm-up.</summary>
public enum WarmupKind
{
    /// <summary>It grows by the same amount with each iteration.</summary>
    Linear,

    /// <summary>It stays at its first value, and then is 1.</summary>
    Constant,

    /// <summary>It grows by the same factor with each iteration.</summary>
    Exp,
}

/// <summary>Learning rate over iterations and epochs.</summary>
public sealed record LearningRateOptions
{
    /// <summary>The course of the rate after warm-up.</summary>
    public LearningRatePolicy Policy { get; init; } = LearningRatePolicy.Step;

    /// <summary>Whether a cosine advances with each epoch, as MMDetection's does; otherwise with each iteration.</summary>
    [ConfigKey("by_epoch")]
    public bool IsByEpoch { get; init; }

    /// <summary>0-based epoch at which a cosine begins; the rate is full before.</summary>
    [ConfigKey("begin")]
    public int FirstCosineEpoch { get; init; }

    /// <summary>The course of the rate during warm-up.</summary>
    public WarmupKind Warmup { get; init; } = WarmupKind.Linear;

    /// <summary>
    /// Iterations of warm-up, after which the rate is full; 0 for none. MMDetection 3.x's <c>LinearLR(end=500)</c> is full one
    /// iteration earlier: 499.
    /// </summary>
    [ConfigKey("warmup_iters")]
    public int WarmupIterations { get; init; } = 500;

    /// <summary>Whether <see cref="WarmupIterations"/> counts epochs.</summary>
    [ConfigKey("warmup_by_epoch")]
    public bool IsWarmupByEpoch { get; init; }

    /// <summary>Rate at iteration 0 as a fraction of the full rate.</summary>
    public double WarmupRatio { get; init; } = 0.001;

    /// <summary>Epochs (0-based) at which the rate falls.</summary>
    [ConfigKey("step")]
    public int[] DecayEpochs { get; init; } = [8, 11];

    /// <summary>Factor of the rate at each of these epochs.</summary>
    [ConfigKey("gamma")]
    public double DecayFactor { get; init; } = 0.1;

    /// <summary>Rate at the end of a cosine as a fraction of the full rate.</summary>
    [ConfigKey("min_lr_ratio")]
    public double FinalRatio { get; init; }
}

/// <summary>Scales the learning rate with the batch size, as MMDetection's key of this name does.</summary>
public sealed record LearningRateScalingOptions
{
    /// <summary>Whether to multiply <c>optimizer.lr</c> by the images per update over <see cref="BaseBatchSize"/>.</summary>
    [ConfigKey("enable")]
    public bool IsEnabled { get; init; }

    /// <summary>Images per update for which <c>optimizer.lr</c> was chosen: 8 GPUs with 2 images each.</summary>
    public int BaseBatchSize { get; init; } = 16;
}

/// <summary>Length of training.</summary>
public sealed record DurationOptions
{
    /// <summary>Number of passes over the training set.</summary>
    public int MaxEpochs { get; init; } = 12;

    /// <summary>Training stops after this many iterations, whatever the epoch; null for no such limit.</summary>
    [ConfigKey("max_iters")]
    public int? MaxIterations { get; init; }

    /// <summary>
    /// The time that a run may take, reading the data, evaluations and checkpoints included; null for none. With a budget the run
    /// times its own steps at the start and lays its schedule so that it ends in time: the budget decides on
    /// <see cref="MaxEpochs"/>, and <see cref="MaxIterations"/> stays a limit. Written as <c>90s</c>, <c>15m</c> or <c>1h30m</c>.
    /// </summary>
    public TimeSpan? Budget { get; init; }

    /// <summary>
    /// Whether the schedule is already laid for the <see cref="Budget"/>: the run writes true into its configuration with the
    /// length, the intervals and the warm-up that it chose. With true nothing is timed, so the file repeats that schedule.
    /// </summary>
    [ConfigKey("planned")]
    public bool IsPlanned { get; init; }
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

    /// <summary>Number of newest checkpoints kept; -1 for all. The best one is always kept.</summary>
    [ConfigKey("max_keep_ckpts")]
    public int MaxKept { get; init; } = -1;
}

/// <summary>Evaluation during training.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Epochs between evaluations; 0 for none.</summary>
    [ConfigKey("interval")]
    public int EpochInterval { get; init; } = 1;

    /// <summary>
    /// Three limits on the detections of an image and class, in any order: COCO's maxDets. null: 1, 10, 100; or 100, 300, 1000 as
    /// in MMDetection where <c>model.test_cfg.max_per_img</c> keeps more than 100.
    /// </summary>
    [ConfigKey("proposal_nums")]
    public int[]? DetectionLimits { get; init; }

    /// <summary>Whether to keep the checkpoint of highest box AP as <c>best.pth</c>.</summary>
    public bool SaveBest { get; init; } = true;
}

/// <summary>
/// Ends a run whose evaluations no longer improve, with the words and the rule of MMEngine's <c>EarlyStoppingHook</c> for box AP.
/// </summary>
/// <remarks>A cosine that is cut short never comes to its small rates; give a budget or fewer epochs instead where that
/// matters.</remarks>
public sealed record EarlyStoppingOptions
{
    /// <summary>Number of evaluations in a row without improvement after which the run ends.</summary>
    public int Patience { get; init; } = 5;

    /// <summary>An AP (0 to 1) below the best plus this is no improvement. MMEngine's default is 0.1.</summary>
    public double MinDelta { get; init; } = 0.001;
}

/// <summary>Progress and log output.</summary>
public sealed record LogOptions
{
    /// <summary>Iterations between lines of the log.</summary>
    public int Interval { get; init; } = 50;
}
