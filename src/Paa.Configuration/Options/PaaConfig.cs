namespace Paa.Options;

/// <summary>
/// The configuration of a run: model, data, optimisation and logging. A YAML file in <c>configs/</c> describes one.
/// </summary>
public sealed record PaaConfig
{
    /// <summary>Network, assignment and post-processing.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>Data sets and the preparation of images.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>The rule that updates the weights.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gradient clipping.</summary>
    [ConfigKey("optimizer_config")]
    public GradientOptions Gradients { get; init; } = new();

    /// <summary>Number formats of a training step.</summary>
    [ConfigKey("train")]
    public PrecisionOptions Precision { get; init; } = new();

    /// <summary>Learning rate over iterations and epochs.</summary>
    [ConfigKey("lr_config")]
    public LearningRateOptions LearningRate { get; init; } = new();

    /// <summary>An average of the weights for evaluation and prediction; null for none.</summary>
    [ConfigKey("ema")]
    public WeightAverageOptions? WeightAverage { get; init; }

    /// <summary>Scaling of the learning rate with the batch size.</summary>
    [ConfigKey("auto_scale_lr")]
    public LearningRateScalingOptions LearningRateScaling { get; init; } = new();

    /// <summary>Length of training.</summary>
    [ConfigKey("runner")]
    public DurationOptions Duration { get; init; } = new();

    /// <summary>When checkpoints are written and how many are kept.</summary>
    [ConfigKey("checkpoint_config")]
    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>Evaluation during training.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Ends a run whose evaluations no longer improve; null to train to the end.</summary>
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>Progress and log output.</summary>
    [ConfigKey("log_config")]
    public LogOptions Log { get; init; } = new();

    /// <summary>Initial weights: a checkpoint of the whole detector.</summary>
    public string? LoadFrom { get; init; }

    /// <summary>Folder for logs and checkpoints; null for <c>work_dirs/NAME-OF-THE-CONFIG</c>.</summary>
    [ConfigKey("work_dir")]
    public string? WorkFolder { get; init; }

    /// <summary>Seed of all randomness: weights, order, augmentation.</summary>
    public int Seed { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:INDEX</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Number of compute threads; 0 for one per core.</summary>
    [ConfigKey("threads")]
    public int ThreadCount { get; init; }

    /// <summary>The largest <see cref="ThreadCount"/>: more than any machine has cores, fewer than end in an error of the
    /// system.</summary>
    public const int MaxThreads = 1024;

    /// <summary>The number of compute threads of one process.</summary>
    /// <param name="wanted">The configured number; 0 for an equal share of the machine's cores.</param>
    /// <param name="processes">Number of processes that share the machine.</param>
    public static int ComputeThreads(int wanted, int processes = 1) =>
        wanted > 0 ? wanted : Math.Max(1, Environment.ProcessorCount / processes);
}

/// <summary>
/// The YAML name of an option or of one of its values, if it is not the C# name in snake_case. These names are MMDetection's.
/// </summary>
/// <param name="name">The YAML name, such as <c>num_classes</c>.</param>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
sealed class ConfigKeyAttribute(string name) : Attribute
{
    /// <summary>The name in YAML.</summary>
    public string Name { get; } = name;

    /// <summary>Another name that is read, for a value that means the same here; null for none.</summary>
    public string? Alias { get; init; }
}
