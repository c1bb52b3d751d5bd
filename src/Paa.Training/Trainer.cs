using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Inference;
using Paa.Training.Losses;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training.Distributed;
using Paa.Training.Losses;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Trains a detector as its configuration says: epochs of batches, evaluations, checkpoints, a log.</summary>
/// <remarks>
/// On the CPU, with an equal configuration and number of threads, the final weights do not depend on whether and where a run was
/// interrupted: what changes while it goes on is in its checkpoints, and what is random derives from the seed and the position.
/// </remarks>
public sealed class Trainer : IDisposable
{
    /// <summary>From 65536 down to 6e-5: no loss scale helps any more.</summary>
    const int MaxSkippedInARow = 30;

    readonly PaaConfig _config;
    readonly string _folder;
    readonly string _name;
    readonly ITrainingObserver _observer;
    readonly World _world;
    readonly TrainingData _data;
    readonly TrainingState _state;
    readonly LearningRateSchedule _schedule;
    readonly CheckpointStore _store;
    readonly long _totalIterations;

    TrainingPosition? _saved;               // where the newest checkpoint stands
    string? _newestCheckpoint;
    int _stepsWithoutOverlap;               // of the current epoch
    bool _isStopping;

    /// <summary>Reads the annotations and builds the network; nothing is written yet.</summary>
    /// <param name="config">The run.</param>
    /// <param name="folder">Where log and checkpoints go; made by <see cref="Train"/>.</param>
    /// <param name="name">Name of the configuration, for the log.</param>
    /// <param name="observer">Hears the progress; null: nobody does.</param>
    /// <param name="world">The processes that train together; the main one writes the files. Null: this one alone.</param>
    /// <exception cref="DataException">A data set cannot be used.</exception>
    /// <exception cref="TrainingException">Configuration and data do not fit.</exception>
    public Trainer(PaaConfig config, string folder, string name, ITrainingObserver? observer = null, World? world = null)
        : this(config, folder, name, observer, world, precision: null)
    {
    }

    /// <summary>A run with another precision than the configuration's.</summary>
    internal Trainer(PaaConfig config, string folder, string name, ITrainingObserver? observer, World? world, StepPrecision? precision)
    {
        (_config, _folder, _name, _world) = (config, folder, name, world ?? World.Single);
        _observer = observer is null ? new SilentObserver() : _world.IsMain ? observer : new RankObserver(observer, _world);
        TorchRuntime.ThreadCount = config.ThreadCount > 0 ? config.ThreadCount : Math.Max(1, Environment.ProcessorCount / _world.LocalSize);
        _data = new TrainingData(config, _world);
        _state = new TrainingState(config, name, _data, ImagesPerIteration, precision);
        _totalIterations = Math.Min(
            (long)config.Duration.MaxEpochs * _data.Loader.BatchCount, config.Duration.MaxIterations ?? long.MaxValue);
        _schedule = new LearningRateSchedule(
            config.LearningRate, LearningRateScaling.BaseRate(config, ImagesPerUpdate), _totalIterations);
        _store = new CheckpointStore(folder, config.Checkpoints.MaxKept, _data.Loader.BatchCount);
    }

    /// <summary>The network in its present state. Borrowed.</summary>
    public TorchDetector Detector => _state.Detector;

    /// <summary>Continues from the newest sound checkpoint in the folder of the run; without any, the run begins anew.</summary>
    /// <exception cref="TrainingException">There are checkpoints, but all are damaged, or of another network.</exception>
    public void Resume()
    {
        if (_world.FromMain(_world.IsMain ? FindNewest() : null) is { } path) Resume(path);
        else Notice($"{_folder} has no checkpoint: the run begins anew.");
    }

    /// <summary>Continues from a checkpoint of this project or of MMDetection.</summary>
    /// <param name="path">A checkpoint with the state of the optimiser.</param>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="TrainingException">It is of another network.</exception>
    public void Resume(string path) => Continue(_world.ReadFile(path, TrainingCheckpoint.Read), path);

    /// <summary>Trains to the end, or until asked to stop: then the iteration is finished and a checkpoint written.</summary>
    /// <param name="stop">Asks to stop.</param>
    /// <exception cref="TrainingException">A loss or gradient is not finite; the weights were not updated with it.</exception>
    /// <exception cref="CheckpointException">A checkpoint cannot be written; the last one stays.</exception>
    public TrainingResult Train(CancellationToken stop = default)
    {
        using var log = OpenLog();
        using var parallel = PrepareWeights();
        Announce(log);

        var isEpochClosed = _state.Position.Batch == 0;
        while (!isEpochClosed || _state.Position.Iteration < _totalIterations)
        {
            TrainEpoch(log, stop);
            isEpochClosed = IsEpochOver && CloseEpoch(log, stop);
            if (!isEpochClosed) break;                                  // asked to stop
        }
        if (!isEpochClosed && _saved != _state.Position) SaveIteration();
        _world.Reach("the end");
        return new TrainingResult(_state.Position, isEpochClosed, _state.Best, _newestCheckpoint);
    }

    /// <summary>Frees the network and the optimiser.</summary>
    public void Dispose() => _state.Dispose();

    TrainingStep Step => _state.Step;

    /// <summary>Images of all processes together.</summary>
    int ImagesPerIteration => _config.Data.BatchSize * _world.Size;

    /// <summary>Images whose gradients make one update.</summary>
    int ImagesPerUpdate => ImagesPerIteration * _config.Gradients.AccumulationSteps;

    /// <summary>The place of the next batch in its update.</summary>
    Accumulation NextPart
    {
        get
        {
            var position = _state.Position;
            var left = Math.Min(_data.Loader.BatchCount - position.Batch, _totalIterations - position.Iteration);
            return Accumulation.Of(position.Batch, (int)(position.Batch + left), _config.Gradients.AccumulationSteps);
        }
    }

    /// <summary>Whether a checkpoint between epochs fell due since the last update.</summary>
    bool IsIterationDue
    {
        get
        {
            var (interval, iteration) = (_config.Checkpoints.IterationInterval, _state.Position.Iteration);
            return interval > 0 && iteration / interval > (iteration - _config.Gradients.AccumulationSteps) / interval;
        }
    }

    bool IsEpochOver => _state.Position.Batch == _data.Loader.BatchCount || _state.Position.Iteration == _totalIterations;

    /// <summary>Trains the rest of the current epoch, or until asked to stop.</summary>
    void TrainEpoch(RunLog? log, CancellationToken stop)
    {
        if (IsEpochOver || IsStopping(stop)) return;
        _state.Detector.Train();
        var clock = Stopwatch.StartNew();
        foreach (var batch in _data.Loader.Epoch(_state.Position.Epoch, firstBatch: _state.Position.Batch))
        {
            using (batch) TrainBatch(batch, clock, log, stop);
            if (IsEpochOver) return;
            if (NextPart.IsFirst)                                       // gradients that are not used yet cannot be saved
            {
                if (IsIterationDue) SaveIteration();
                if (IsStopping(stop)) return;
            }
            _world.Reach($"waiting for the images of iteration {_state.Position.Iteration + 1}");
            clock.Restart();
        }
    }

    void TrainBatch(Batch batch, Stopwatch clock, RunLog? log, CancellationToken stop)
    {
        var waited = clock.Elapsed;
        _world.Reach($"computing iteration {_state.Position.Iteration + 1}");
        var rate = _schedule.Rate(_state.Position.Epoch, _state.Position.Iteration);
        var part = NextPart;
        var (scaler, lossScale) = (Step.Precision.Scaler, Step.Precision.Scaler?.Scale);
        var outcome = Step.Run(batch, rate, part);
        if (!outcome.IsFinite && scaler is null)
        {
            if (outcome.Losses.IsFinite) _world.YieldToFailure();       // the loss of another process made the gradients so
            throw NonFinite(batch, outcome);
        }
        (outcome, var imageCount) = Share(outcome, batch.Images.Count, stop);
        var isSkipped = part.IsLast && !outcome.IsUpdated;
        if (scaler?.SkippedInARow >= MaxSkippedInARow) throw TooManySkipped(scaler, outcome);
        if (!outcome.Losses.HasOverlap) _stepsWithoutOverlap++;
        _state.Position = _state.Position.NextBatch();
        var report = new StepReport(
            _state.Position, rate, outcome.Losses, outcome.GradientNorm, imageCount, waited, clock.Elapsed)
        {
            Amp = Step.Precision.Mode,
            LossScale = lossScale,
            IsSkipped = isSkipped,
        };
        log?.Add(report, _state.Detector.Device);
        _observer.Stepped(report);
    }

    /// <summary>Losses and images of all processes, and whether one of them was asked to stop.</summary>
    (StepOutcome Outcome, int ImageCount) Share(StepOutcome outcome, int imageCount, CancellationToken stop)
    {
        if (_world.IsSingle) return (outcome, imageCount);
        var losses = outcome.Losses;
        var sums = _world.Sum(losses.Classification, losses.BoxRegression, losses.IouPrediction, losses.PositiveCount,
            losses.HasOverlap ? 0 : 1, imageCount, stop.IsCancellationRequested ? 1 : 0);
        _isStopping |= sums[6] > 0;
        var shared = new LossValues((float)(sums[0] / _world.Size), (float)(sums[1] / _world.Size), (float)(sums[2] / _world.Size),
            (int)sums[3], HasOverlap: sums[4] == 0);
        return (outcome with { Losses = shared }, (int)sums[5]);
    }

    /// <summary>Whether to stop; several processes agree on it in <see cref="Share"/>, so that all stop after the same iteration.</summary>
    bool IsStopping(CancellationToken stop) => _world.IsSingle ? stop.IsCancellationRequested : _isStopping;

    /// <summary>Evaluates and saves after the last batch of an epoch.</summary>
    /// <returns>False if asked to stop before everything was done; the epoch then stays open.</returns>
    bool CloseEpoch(RunLog? log, CancellationToken stop)
    {
        var epoch = _state.Position.Epoch + 1;
        var isWhole = _state.Position.Batch == _data.Loader.BatchCount;   // max_iters may cut the last one short
        var isLast = _state.Position.Iteration == _totalIterations;
        var isSaved = isLast || IsDue(_config.Checkpoints.EpochInterval, epoch);
        ReportLostBoxes(epoch);
        ReportFindings();
        if (_data.Evaluation is { } evaluation && (isLast || IsDue(_config.Evaluation.EpochInterval, epoch)))
        {
            if (isSaved) Save(isWhole);     // an evaluation can take long: the epoch must not be lost with it
            if (!Evaluate(evaluation, log, stop)) return false;
        }
        if (isWhole) _state.Position = _state.Position.NextEpoch();
        if (isSaved) Save(isWhole);
        else if (IsIterationDue) SaveIteration();
        return true;

        void Save(bool asEpoch)
        {
            if (asEpoch) Write(() => _store.SaveEpoch(epoch, _state.Capture().ToGraph()));
            else SaveIteration();
        }
    }

    bool Evaluate(SharedEvaluation evaluation, RunLog? log, CancellationToken stop)
    {
        _world.Reach($"evaluating after epoch {_state.Position.Epoch + 1}");
        var position = _state.Position;
        CocoMetrics metrics;
        try
        {
            metrics = Evaluate(evaluation, stop).Metrics;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || !_world.IsSingle)
        {
            _isStopping = true;
            return false;
        }
        var isBest = _state.Best is null || metrics.AP > _state.Best.Ap;
        if (isBest)
        {
            _state.Best = new BestResult(metrics.AP, position.Epoch + 1);
            if (_config.Evaluation.SaveBest && _world.IsMain)
                _observer.Saved(_store.SaveBest(_state.Capture(withOptimizer: false).ToGraph()));
        }
        log?.Add(position, _schedule.Rate(position.Epoch, position.Iteration - 1), metrics);
        _observer.Evaluated(position.Epoch + 1, metrics, isBest);
        return true;
    }

    /// <summary>Runs the network as it is now over the validation set: by oneDNN where it can, else by libtorch.</summary>
    DetectorEvaluation Evaluate(SharedEvaluation evaluation, CancellationToken stop)
    {
        Detector.Eval();
        var network = Detector.Network;
        using IDetectorNetwork computed = Detector.Device.IsCpu && InferenceEngine.OneDnn.Obstacle(network) is null
            ? InferenceEngine.OneDnn.Create(network, Detector.ToStateDict(), null, TorchRuntime.ThreadCount)
            : new TorchNetwork(Detector);
        return evaluation.Evaluate(computed, _observer.Evaluating, stop);
    }

    /// <summary>The log of the run; null where another process writes it.</summary>
    RunLog? OpenLog()
    {
        if (!_world.IsMain) return null;
        Directory.CreateDirectory(_folder);
        return new RunLog(_folder, _config.Log.Interval, _config.Gradients.Clipping is not null);
    }

    /// <summary>Sets the weights of a new run and connects the processes, if there are several.</summary>
    DataParallel? PrepareWeights()
    {
        _world.Reach("preparing the weights");
        if (_world.IsMain) _state.EnsureWeights(Notice);
        else TorchRuntime.ManualSeed((ulong)(_config.Seed + _world.Rank));
        _state.UseLayout();
        if (_world.IsSingle) return null;
        return Step.Parallel = new DataParallel(Detector, _world);
    }

    void Announce(RunLog? log)
    {
        log?.Add(new RunLogEntry
        {
            EnvInfo = EnvironmentText(),
            ExpName = _name,
            Seed = _config.Seed,
            Config = ConfigWriter.ToYaml(_config),
        });
        var parameterCount = Detector.Parameters.Parameters.Where(parameter => parameter.IsTrainable).Sum(p => p.Tensor.Count);
        _observer.Started(new TrainingPlan(_folder, _data.ImageCount, _data.Loader.BatchCount, _config.Duration.MaxEpochs,
            _totalIterations, parameterCount, _state.Position)
        {
            Device = Detector.Device,
        });
        if (LearningRateScaling.Notice(_config, ImagesPerUpdate) is { } notice) Notice(notice);
        ReportFindings();
    }

    void ReportFindings()
    {
        foreach (var finding in _data.NewFindings()) _observer.Notice(finding);
    }

    void ReportLostBoxes(int epoch)
    {
        if (_stepsWithoutOverlap > 0)
            Notice($"Epoch {epoch}: in {_stepsWithoutOverlap} iterations no predicted box met its object; "
                + "their box loss was undefined and counted as 0.");
        _stepsWithoutOverlap = 0;
    }

    void SaveIteration() => Write(() => _store.SaveIteration(_state.Position.Iteration, _state.Capture().ToGraph()));

    void Write(Func<string> save)
    {
        if (!_world.IsMain)
        {
            _saved = _state.Position;
            return;
        }
        _world.Note($"writing the checkpoint of iteration {_state.Position.Iteration}");
        var path = save();
        (_saved, _newestCheckpoint) = (_state.Position, path);
        _observer.Saved(path);
    }

    void Continue(TrainingCheckpoint checkpoint, string path)
    {
        _state.Restore(checkpoint, path, Notice);
        (_saved, _newestCheckpoint) = (_state.Position, path);
    }

    /// <summary>The newest checkpoint that can be read; null if there is none at all.</summary>
    string? FindNewest()
    {
        var candidates = _store.Candidates();
        if (candidates.FirstOrDefault(path => TryRead(path, out _)) is { } newest) return newest;
        if (candidates.Count > 0)
            throw new TrainingException($"{_folder}: all {candidates.Count} checkpoints are damaged; train without --resume.");
        return null;
    }

    /// <summary>Tells what is true of the run and not only of this process.</summary>
    void Notice(string message)
    {
        if (_world.IsMain) _observer.Notice(message);
    }

    bool TryRead(string path, [NotNullWhen(true)] out TrainingCheckpoint? checkpoint)
    {
        checkpoint = null;
        try
        {
            checkpoint = TrainingCheckpoint.Read(path);
        }
        catch (CheckpointException error)
        {
            _observer.Notice($"{error.Message} It is set aside; the checkpoint before it is tried.");
            _store.SetAside(path);
        }
        return checkpoint is not null;
    }

    TrainingException NonFinite(Batch batch, StepOutcome outcome)
    {
        var position = _state.Position;
        var losses = outcome.Losses;
        return new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"Iteration {position.Iteration + 1} (epoch {position.Epoch + 1}, batch {position.Batch + 1}): the "
            + $"{(losses.IsFinite ? "gradient" : "loss")} is not finite: cls {losses.Classification}, bbox {losses.BoxRegression}, iou {losses.IouPrediction}, norm of the "
            + $"gradients {outcome.GradientNorm}; images {string.Join(", ", batch.Images.Select(image => image.ImageId))}. "
            + $"The weights were not updated; the last checkpoint is {_newestCheckpoint ?? "none"}. "
            + $"Try a lower optimizer.lr, a longer warm-up or optimizer_config.grad_clip."));
    }

    TrainingException TooManySkipped(LossScaler scaler, StepOutcome outcome) => new(string.Create(CultureInfo.InvariantCulture,
        $"Iteration {_state.Position.Iteration + 1} (epoch {_state.Position.Epoch + 1}): {scaler.SkippedInARow} updates in a row were skipped, "
        + $"because gradients were not finite; the loss scale is down at {scaler.Scale:R}, the loss is {outcome.Losses.Total}. Half precision "
        + $"does not hold this network's numbers, or the training diverged before; the last checkpoint is {_newestCheckpoint ?? "none"}. "
        + $"Try train.amp=bf16 or off, a lower optimizer.lr, a longer warm-up or optimizer_config.grad_clip."));

    string EnvironmentText() =>
        $"paa {typeof(Trainer).Assembly.GetName().Version!.ToString(fieldCount: 3)}, libtorch {TorchRuntime.Version}, "
        + $"{Detector.Device}, "
        + $"amp {Step.Precision}{(Step.Precision.IsChannelsLast ? ", channels last" : "")}, {TorchRuntime.ThreadCount} threads, .NET {Environment.Version}, {RuntimeInformation.OSDescription}";

    static bool IsDue(int interval, long count) => interval > 0 && count % interval == 0;

    sealed class SilentObserver : ITrainingObserver;
}
