using System.Globalization;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Everything that a run needs to continue exactly, as stored in a <c>.pth</c> file.</summary>
/// <remarks>
/// The file is a dictionary <c>{'meta', 'state_dict', 'optimizer'}</c> that MMDetection also reads and writes; values that only
/// this project uses are in a <see cref="PaaMeta"/>. The order of the images and their augmentation are not stored: they derive
/// from the seed and the position.
/// </remarks>
sealed record TrainingCheckpoint
{
    /// <summary>Position of the run.</summary>
    public required TrainingPosition Position { get; init; }

    /// <summary>Weights and buffers by name, with which the run goes on.</summary>
    public required StateDict StateDict { get; init; }

    /// <summary>The average of the weights (EMA), which is what the file has as <c>state_dict</c>; null without one.</summary>
    public StateDict? Average { get; init; }

    /// <summary>Iterations that the average has behind it; null if the file does not say.</summary>
    public long? AverageSteps { get; init; }

    /// <summary>Whether MMDetection wrote it: it lacks this project's part of the <c>meta</c>.</summary>
    public bool IsMmdetections { get; init; }

    /// <summary>State of the optimiser in PyTorch's layout; null in a file for prediction only.</summary>
    public PickleDict? Optimizer { get; init; }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>The merged configuration as YAML; null in MMDetection's files.</summary>
    public string? Config { get; init; }

    /// <summary>Name of the configuration.</summary>
    public string? ExperimentName { get; init; }

    /// <summary>Seed of the run.</summary>
    public long? Seed { get; init; }

    /// <summary>Iterations per epoch; a position inside an epoch is meaningful only for the same number.</summary>
    public long? BatchesPerEpoch { get; init; }

    /// <summary>Images per iteration, summed over all processes.</summary>
    public long? ImagesPerIteration { get; init; }

    /// <summary>The best evaluation so far.</summary>
    public BestResult? Best { get; init; }

    /// <summary>What early stopping remembers; null without it.</summary>
    public EarlyStoppingState? EarlyStopping { get; init; }

    /// <summary>The time that the run has taken; zero if the file does not say.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>The loss scale; null without half precision.</summary>
    public LossScalerState? LossScaler { get; init; }

    /// <summary>Reads a checkpoint of this project or of MMDetection.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointException">The file is damaged or holds something else.</exception>
    public static TrainingCheckpoint Read(string path)
    {
        if (TorchFile.Read(path) is not PickleDict root || !root.ContainsKey("meta") || !root.ContainsKey("state_dict"))
            throw new CheckpointException("is not a training checkpoint: it lacks 'meta' or 'state_dict'.", path);
        var (weights, average) = AverageGraph.Read(root, path);
        var meta = weights.Meta;
        var own = PaaMeta.Of(meta);
        return new TrainingCheckpoint
        {
            Position = new TrainingPosition((int)(meta.Epoch ?? 0), (int)(own.Batch ?? 0), meta.Iteration ?? 0),
            IsMmdetections = own.Config is null && own.BatchesPerEpoch is null,
            StateDict = weights,
            Average = average,
            AverageSteps = AverageGraph.ReadSteps(root),
            Optimizer = root.TryGet<PickleDict>("optimizer", out var optimizer) ? optimizer : null,
            Classes = meta.Classes ?? [],
            Config = own.Config,
            ExperimentName = meta.Text("exp_name"),
            Seed = Integer(meta.Values, "seed"),
            BatchesPerEpoch = own.BatchesPerEpoch,
            ImagesPerIteration = own.ImagesPerIteration,
            Best = own.Best is var (ap, epoch) ? new BestResult(ap, (int)epoch) : null,
            EarlyStopping = own.EarlyStopping is var (target, waits) ? new EarlyStoppingState(target, (int)waits) : null,
            Elapsed = own.Elapsed ?? default,
            LossScaler = LossScalerGraph.Read(root, meta.Values, own),
        };
    }

    /// <summary>Restores weights and optimiser.</summary>
    /// <param name="detector">A detector with the saved network.</param>
    /// <param name="optimizer">An optimiser of the saved kind.</param>
    /// <param name="source">Path of the file, for messages.</param>
    /// <exception cref="TrainingException">
    /// The checkpoint belongs to another network or optimiser, or has no optimiser state.
    /// </exception>
    public void CopyTo(TorchDetector detector, Optimizer optimizer, string source)
    {
        if (Optimizer is null)
            throw new TrainingException(
                $"{source} has no state of the optimiser, so no run can resume; set load_from to start from its weights.");
        var match = WeightMatch.Of(StateDict, detector.Network.Parameters);
        if (!match.IsComplete)
            throw new TrainingException(match.ToException($"{source} belongs to a network other than the configuration's"));
        detector.Load(match);
        using var scope = new TensorScope();
        try
        {
            optimizer.SetState(OptimizerGraph.Read(Optimizer));
        }
        catch (Exception error) when (error is ArgumentException or ShapeException or TrainingException)
        {
            throw new TrainingException(
                $"{source} has the state of an optimiser other than the configuration's: {error.Message}", error);
        }
    }

    /// <summary>The schedule that was laid for the budget of the run; null if it had none.</summary>
    /// <param name="source">Path of the file, for messages.</param>
    /// <exception cref="TrainingException">The configuration cannot be read.</exception>
    public BudgetPlan? Plan(string source)
    {
        if (Config is null) return null;
        try
        {
            return BudgetPlan.In(ConfigLoader.Parse(Config, source));
        }
        catch (ConfigException error)
        {
            throw new TrainingException($"The configuration in the checkpoint cannot be read: {error.Message}", error);
        }
    }

    /// <summary>Converts the checkpoint to the object that <see cref="TorchFile.Write"/> takes.</summary>
    public PickleDict ToGraph()
    {
        var own = new PaaMeta
        {
            Version = PaaVersion,
            Config = Config,
            Batch = Position.Batch,
            BatchesPerEpoch = BatchesPerEpoch,
            ImagesPerIteration = ImagesPerIteration,
            Best = Best is null ? null : (Best.Ap, Best.Epoch),
            EarlyStopping = EarlyStopping is var (best, waits) ? (best, waits) : null,
            Elapsed = Elapsed,
        };
        var meta = new PickleDict
        {
            { "epoch", (long)Position.Epoch },
            { "iter", Position.Iteration },
            { "CLASSES", new PickleTuple([.. Classes]) },
            { "seed", Seed },
            { "exp_name", ExperimentName },
            { "time", DateTime.Now.ToString("ddd MMM d HH:mm:ss yyyy", CultureInfo.InvariantCulture) },
        };
        own.AddTo(meta);
        if (LossScaler is not null) LossScalerGraph.Write(LossScaler, meta, own);
        var root = new PickleDict { { "meta", meta }, { "state_dict", (Average ?? StateDict).ToGraph() } };
        if (Average is not null && Optimizer is not null)
            root.Add(AverageGraph.Key, AverageGraph.Write(StateDict, AverageSteps ?? 0));
        if (Optimizer is not null) root.Add("optimizer", Optimizer);
        return root;
    }

    static string PaaVersion => typeof(TrainingCheckpoint).Assembly.GetName().Version!.ToString(fieldCount: 3);

    static long? Integer(PickleDict values, string key) => values.TryGet<long>(key, out var value) ? value : null;
}
