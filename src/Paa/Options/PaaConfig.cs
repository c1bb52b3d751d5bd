namespace Paa.Options;

/// <summary>A run, whole: model, data, optimisation and bookkeeping. What a YAML file in <c>configs/</c> describes.</summary>
public sealed record PaaConfig
{
    /// <summary>Network, assignment and post-processing.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>Data sets and how images are prepared.</summary>
    public DataOptions Data { get; init; } = new();

    /// <summary>The rule that updates the weights.</summary>
    public OptimizerOptions Optimizer { get; init; } = new();

    /// <summary>Gradient clipping.</summary>
    [ConfigKey("optimizer_config")]
    public GradientOptions Gradients { get; init; } = new();

    /// <summary>How a training step computes.</summary>
    [ConfigKey("train")]
    public PrecisionOptions Precision { get; init; } = new();

    /// <summary>Learning rate by iteration and epoch.</summary>
    [ConfigKey("lr_config")]
    public LearningRateOptions LearningRate { get; init; } = new();

    /// <summary>Learning rate in proportion to the batch.</summary>
    [ConfigKey("auto_scale_lr")]
    public LearningRateScalingOptions LearningRateScaling { get; init; } = new();

    /// <summary>Length of the training.</summary>
    [ConfigKey("runner")]
    public DurationOptions Duration { get; init; } = new();

    /// <summary>When checkpoints are written and how many are kept.</summary>
    [ConfigKey("checkpoint_config")]
    public CheckpointOptions Checkpoints { get; init; } = new();

    /// <summary>Evaluation during the training.</summary>
    public EvaluationOptions Evaluation { get; init; } = new();

    /// <summary>Progress and log.</summary>
    [ConfigKey("log_config")]
    public LogOptions Log { get; init; } = new();

    /// <summary>Weights to start from: a checkpoint of the whole detector.</summary>
    public string? LoadFrom { get; init; }

    /// <summary>Where logs and checkpoints go; null: <c>work_dirs/NAME-OF-THE-CONFIG</c>.</summary>
    [ConfigKey("work_dir")]
    public string? WorkFolder { get; init; }

    /// <summary>Seed of everything random: weights, order, augmentation.</summary>
    public int Seed { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:INDEX</c>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads that compute; 0: as many as cores.</summary>
    [ConfigKey("threads")]
    public int ThreadCount { get; init; }

    /// <summary>The number of threads that one process computes with.</summary>
    /// <param name="wanted">Of the configuration or the command line; 0 for an equal share of the machine's cores.</param>
    /// <param name="processes">Processes that share the machine.</param>
    public static int ComputeThreads(int wanted, int processes = 1) =>
        wanted > 0 ? wanted : Math.Max(1, Environment.ProcessorCount / processes);
}
