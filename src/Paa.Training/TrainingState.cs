using Paa.Configuration;
using Paa.Engines;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Everything that changes during a run, with its conversion to and from a checkpoint.</summary>
sealed class TrainingState : IDisposable
{
    readonly string _name;
    readonly TrainingData _data;
    readonly int _imagesPerIteration;
    bool _hasWeights;

    /// <param name="config">The run.</param>
    /// <param name="name">Name of the configuration.</param>
    /// <param name="data">The data sets.</param>
    /// <param name="imagesPerIteration">Images per iteration, summed over all processes.</param>
    /// <param name="precision">Number formats; null for the configuration's.</param>
    public TrainingState(
        PaaConfig config, string name, TrainingData data, int imagesPerIteration, StepPrecision? precision = null)
    {
        (Config, _name, _data, _imagesPerIteration) = (config, name, data, imagesPerIteration);
        Detector = new TorchDetector(config.Model, Device.Parse(config.Device));
        Optimizer = OptimizerFactory.Create(config.Optimizer, Detector.Parameters);
        Step = TrainingStep.Create(config, Detector, Optimizer, precision);
        if (config.WeightAverage is { } average) Average = new WeightAverage(average, Detector);
        if (config.EarlyStopping is { } stopping) EarlyStopping = new EarlyStopping(stopping);
    }

    /// <summary>The run; its schedule is laid when it starts or resumes, if it has a budget.</summary>
    public PaaConfig Config { get; private set; }

    public TorchDetector Detector { get; }

    public Optimizer Optimizer { get; }

    /// <summary>The training step, which updates the weights and the loss scale.</summary>
    public TrainingStep Step { get; }

    /// <summary>The average of the weights; null if the configuration has none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>Watches the evaluations; null if the configuration does not want it.</summary>
    public EarlyStopping? EarlyStopping { get; }

    public TrainingPosition Position { get; set; }

    public BestResult? Best { get; set; }

    /// <summary>Lays the schedule as a plan says.</summary>
    public void Follow(BudgetPlan plan)
    {
        Config = plan.ApplyTo(Config);
        if (Config.WeightAverage is { } average) Average!.Options = average;
    }

    /// <summary>Goes on without a budget, as the run began.</summary>
    public void IgnoreBudget() => Config = Config with { Duration = Config.Duration with { Budget = null } };

    /// <summary>The learning rate before warm-up, decay and factors of parameters.</summary>
    double BaseRate => LearningRateScaling.BaseRate(Config, _imagesPerIteration * Config.Gradients.AccumulationSteps);

    /// <summary>Sets the weights of a new run; does nothing after <see cref="Restore"/>.</summary>
    public void EnsureWeights(Action<string> notice)
    {
        if (!_hasWeights) InitialWeights.Set(Detector, Config, notice, _data.Classes);
        _hasWeights = true;
    }

    /// <summary>
    /// Converts the weights to the memory layout of the training steps. Call it after <see cref="EnsureWeights"/>, because random
    /// weights depend on the layout.
    /// </summary>
    public void UseLayout()
    {
        if (Step.Precision.IsChannelsLast) Detector.UseChannelsLast();
    }

    /// <summary>
    /// Creates the network for evaluation with the current weights: on oneDNN if that can compute it, otherwise on libtorch. The
    /// caller owns it.
    /// </summary>
    public IDetectorNetwork CreateInferenceNetwork()
    {
        Detector.Eval();
        return Detector.Device.IsCpu && InferenceEngine.OneDnn.Obstacle(Detector.Network) is null
            ? InferenceEngine.OneDnn.Create(Detector.Network, Detector.ToStateDict(), null, TorchRuntime.ThreadCount)
            : new TorchNetwork(Detector);
    }

    /// <summary>Copies the state to the host.</summary>
    /// <param name="withOptimizer">Whether to include the optimiser; false for a file for prediction only.</param>
    /// <param name="elapsed">The time that the run has taken.</param>
    public TrainingCheckpoint Capture(bool withOptimizer = true, TimeSpan elapsed = default)
    {
        var weights = Detector.ToStateDict();
        return new TrainingCheckpoint
        {
            Position = Position,
            StateDict = weights,
            Average = Average?.In(weights),
            AverageSteps = Average?.Steps,
            Optimizer = withOptimizer
                ? OptimizerGraph.Write(Optimizer.GetState(), Optimizer.Groups.Select(group => BaseRate * group.RateFactor))
                : null,
            Classes = _data.Classes,
            Config = ConfigWriter.ToYaml(Config),
            ExperimentName = _name,
            Seed = Config.Seed,
            BatchesPerEpoch = _data.Loader.BatchCount,
            ImagesPerIteration = _imagesPerIteration,
            Best = Best,
            EarlyStopping = EarlyStopping?.State,
            Elapsed = elapsed,
            LossScaler = withOptimizer ? Step.Precision.Scaler?.GetState() : null,
        };
    }

    /// <summary>Continues from a checkpoint of the same network.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="source">Its path, for messages.</param>
    /// <param name="notice">Receives the reason if the continuation is not exact.</param>
    /// <exception cref="TrainingException">The checkpoint belongs to another network or has no optimiser state.</exception>
    public void Restore(TrainingCheckpoint checkpoint, string source, Action<string> notice)
    {
        UseLayout();                    // first, because the optimiser's state takes the layout of the weights
        checkpoint.CopyTo(Detector, Optimizer, source);
        RestoreAverage(checkpoint, source, notice);
        if (checkpoint.LossScaler is { } scale) Step.Precision.Scaler?.SetState(scale);
        Position = checkpoint.Position;
        Best = checkpoint.Best;
        if (checkpoint.EarlyStopping is { } waits && EarlyStopping is not null) EarlyStopping.State = waits;
        _hasWeights = true;

        if (checkpoint.IsMmdetections)
        {
            Position = MmdetectionResume.Position(checkpoint.Position, source, _data.Loader.BatchCount);
            notice(MmdetectionResume.Notice(checkpoint, source, Position, BaseRate * Optimizer.Groups[0].RateFactor,
                needsLossScale: Step.Precision.Scaler is not null));
            return;
        }
        if (checkpoint.ImagesPerIteration is { } before && before != _imagesPerIteration)
            Reposition(before, source, notice);
        else if (Position.Batch > 0 && checkpoint.BatchesPerEpoch != _data.Loader.BatchCount)
        {
            notice($"{source} was saved in an epoch of {checkpoint.BatchesPerEpoch} batches, but now it has "
                + $"{_data.Loader.BatchCount}: the epoch begins again.");
            Position = Position with { Batch = 0 };
        }
        if (checkpoint.Seed is { } seed && seed != Config.Seed)
            notice($"{source} was saved with seed {seed}, but now it is {Config.Seed}: the order of the images changes.");
    }

    /// <remarks>The weights are already those of the checkpoint.</remarks>
    void RestoreAverage(TrainingCheckpoint checkpoint, string source, Action<string> notice)
    {
        if (Average is null)
        {
            if (checkpoint.Average is not null)
                notice($"{source} has an average of the weights, but the configuration has no ema: the run goes on without it.");
        }
        else if (checkpoint.Average is { } saved)
        {
            Average.Restore(saved, checkpoint.AverageSteps ?? checkpoint.Position.Iteration);
        }
        else
        {
            notice($"{source} has no average of the weights: that of ema begins with its weights.");
            Average.Begin();
        }
    }

    /// <summary>
    /// Converts the position of a run with another batch size, for example from another number of processes: it continues after
    /// the same number of images.
    /// </summary>
    /// <remarks>As in MMDetection's runner, the iteration count changes with the batch size, the epoch does not.</remarks>
    void Reposition(long before, string source, Action<string> notice)
    {
        var position = Position with
        {
            Batch = (int)Math.Min(Position.Batch * before / _imagesPerIteration, _data.Loader.BatchCount),
            Iteration = Position.Iteration * before / _imagesPerIteration,
        };
        notice($"{source} was saved with {before} images an iteration, now they are {_imagesPerIteration}: iteration "
            + $"{Position.Iteration} counts as {position.Iteration}"
            + (Position.Batch == 0 ? "." : ", and the rest of the epoch has other images."));
        Position = position;
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Detector.Dispose();
    }
}

/// <summary>The progress of a run. All numbers count what is finished, so a new run is at zero.</summary>
/// <param name="Epoch">
/// Epochs finished: trained, and evaluated if that was due. Also the 0-based index of the current epoch.
/// </param>
/// <param name="Batch">Number of trained batches of the current epoch.</param>
/// <param name="Iteration">Number of batches trained since the start of the run.</param>
public readonly record struct TrainingPosition(int Epoch, int Batch, long Iteration)
{
    /// <summary>The position after one more batch.</summary>
    public TrainingPosition NextBatch() => new(Epoch, Batch + 1, Iteration + 1);

    /// <summary>The position after the end of the current epoch.</summary>
    public TrainingPosition NextEpoch() => new(Epoch + 1, 0, Iteration);
}

/// <summary>The best evaluation of a run so far.</summary>
/// <param name="Ap">Box AP, mean over IoU 0.50:0.95.</param>
/// <param name="Epoch">1-based epoch after which it was measured.</param>
public sealed record BestResult(double Ap, int Epoch);
