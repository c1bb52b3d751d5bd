using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Detectors;
using Paa.Evaluation;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;
using Paa.Training.Logs;
using Paa.Training.Losses;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Trains a detector as its configuration says: epochs of batches, evaluations, checkpoints, a log.</summary>
/// <remarks>
/// On the CPU, with an equal configuration and number of threads, the final weights do not depend on whether and where a run was
/// interrupted: everything that changes during a run is in its checkpoints, and everything random derives from the seed and the
/// position.
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
    readonly RunCheckpoints _checkpoints;
    readonly long _totalIterations;

    int _stepsWithoutOverlap;               // of the current epoch
    bool _isStopping;

    /// <summary>Reads the annotations and builds the network; nothing is written yet.</summary>
    /// <param name="config">The run.</param>
    /// <param name="folder">Where log and checkpoints go; made by <see cref="Train"/>.</param>
    /// <param name="name">Name of the configuration, for the log.</param>
    /// <param name="observer">Is told the progress; null: nobody is.</param>
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
        _data = new TrainingData(config, _world);
        _state = new TrainingState(config, name, _data, ImagesPerIteration, precision);
        _totalIterations = Math.Min(
            (long)config.Duration.MaxEpochs * _data.Loader.BatchCount, config.Duration.MaxIterations ?? long.MaxValue);
        _schedule = new LearningRateSchedule(
            config.LearningRate, LearningRateScaling.BaseRate(config, ImagesPerUpdate), _totalIterations);
        _checkpoints = new RunCheckpoints(config, folder, _state, _data.Loader.BatchCount, _world, _observer);
    }

    /// <summary>The network in its present state. Borrowed.</summary>
    public TorchDetector Detector => _state.Detector;

    /// <summary>Continues from the newest sound checkpoint in the folder of the run; without any, the run begins anew.</summary>
    /// <exception cref="TrainingException">There are checkpoints, but all are damaged, or of another network.</exception>
    public void Resume()
    {
        if (_world.Broadcast(_world.IsMain ? _checkpoints.FindNewest() : null) is { } path) Resume(path);
        else Notice($"{_folder} has no checkpoint: the run begins anew.");
    }

    /// <summary>Continues from a checkpoint of this project or of MMDetection.</summary>
    /// <param name="path">A checkpoint with the state of the optimiser.</param>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="TrainingException">It is of another network.</exception>
    public void Resume(string path) => _checkpoints.Restore(path, Notice);

    /// <summary>Trains to the end, or until asked to stop: then it finishes the iteration and writes a checkpoint. Sets the number of
    /// threads that the process computes with.</summary>
    /// <param name="stop">Asks to stop.</param>
    /// <exception cref="TrainingException">A loss or gradient is not finite; the weights were not updated with it.</exception>
    /// <exception cref="CheckpointException">A checkpoint cannot be written; the last one stays.</exception>
    public TrainingResult Train(CancellationToken stop = default)
    {
        TorchRuntime.ThreadCount = PaaConfig.ComputeThreads(_config.ThreadCount, _world.LocalSize);
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
        if (!isEpochClosed) _checkpoints.SaveIterationIfNew();
        _world.Heartbeat("the end");
        return new TrainingResult(_state.Position, isEpochClosed, _state.Best, _checkpoints.Newest);
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

    bool IsEpochOver => _state.Position.Batch == _data.Loader.BatchCount || _state.Position.Iteration == _totalIterations;

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
        _world.Heartbeat("preparing the weights");
        if (_world.IsMain) _state.EnsureWeights(Notice);
        else TorchRuntime.ManualSeed((ulong)(_config.Seed + _world.Rank));
        _state.UseLayout();
        return Step.Parallel = _world.IsSingle ? null : new DataParallel(Detector, _world);
    }

    void Announce(RunLog? log)
    {
        log?.Add(new RunLogEntry
        {
            EnvInfo = TrainingMessages.EnvironmentText(Detector.Device, Step.Precision),
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

    /// <summary>Trains the rest of the current epoch, or until asked to stop.</summary>
    void TrainEpoch(RunLog? log, CancellationToken stop)
    {
        if (IsEpochOver || IsStopping(stop)) return;
        Detector.Train();
        var clock = Stopwatch.StartNew();
        foreach (var batch in _data.Loader.Epoch(_state.Position.Epoch, firstBatch: _state.Position.Batch))
        {
            using (batch) TrainBatch(batch, clock, log, stop);
            if (IsEpochOver) return;
            if (NextPart.IsFirst)                                       // gradients that are not used yet cannot be saved
            {
                if (_checkpoints.IsIterationDue) _checkpoints.SaveIteration();
                if (IsStopping(stop)) return;
            }
            _world.Heartbeat($"waiting for the images of iteration {_state.Position.Iteration + 1}");
            clock.Restart();
        }
    }

    void TrainBatch(Batch batch, Stopwatch clock, RunLog? log, CancellationToken stop)
    {
        var (position, waited) = (_state.Position, clock.Elapsed);
        _world.Heartbeat($"computing iteration {position.Iteration + 1}");
        var (rate, part) = (_schedule.Rate(position.Epoch, position.Iteration), NextPart);
        var (scaler, lossScale) = (Step.Precision.Scaler, Step.Precision.Scaler?.Scale);

        var outcome = Step.Run(batch, rate, part);
        if (!outcome.IsFinite && scaler is null)
        {
            if (outcome.Losses.IsFinite) _world.ThrowIfPeerFailed();    // the loss of another process spoilt the gradients
            throw TrainingMessages.NotFinite(position, batch, outcome, _checkpoints.Newest);
        }
        (outcome, var imageCount) = Share(outcome, batch.Images.Count, stop);
        var isSkipped = part.IsLast && !outcome.IsUpdated;
        if (scaler?.SkippedInARow >= MaxSkippedInARow)
            throw TrainingMessages.TooManySkipped(position, scaler, outcome, _checkpoints.Newest);

        if (!outcome.Losses.HasOverlap) _stepsWithoutOverlap++;
        _state.Position = position.NextBatch();
        var report = new StepReport(
            _state.Position, rate, outcome.Losses, outcome.GradientNorm, imageCount, waited, clock.Elapsed)
        {
            Amp = Step.Precision.Mode,
            LossScale = lossScale,
            IsSkipped = isSkipped,
        };
        log?.Add(report, Detector.Device);
        _observer.Stepped(report);
    }

    /// <summary>Losses and images of all processes. Also agrees whether to stop, if one of them was asked to.</summary>
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

    /// <summary>Whether to stop. Several processes agree on it in <see cref="Share"/>, so that all stop after the same iteration.</summary>
    bool IsStopping(CancellationToken stop) => _world.IsSingle ? stop.IsCancellationRequested : _isStopping;

    /// <summary>Evaluates and saves after the last batch of an epoch.</summary>
    /// <returns>False if asked to stop before everything was done; the epoch then stays open.</returns>
    bool CloseEpoch(RunLog? log, CancellationToken stop)
    {
        var epoch = _state.Position.Epoch + 1;
        var isWhole = _state.Position.Batch == _data.Loader.BatchCount;   // max_iters may cut the last one short
        var isLast = _state.Position.Iteration == _totalIterations;
        var isSaved = isLast || _checkpoints.IsEpochDue(epoch);
        if (_stepsWithoutOverlap > 0) Notice(TrainingMessages.WithoutOverlap(epoch, _stepsWithoutOverlap));
        _stepsWithoutOverlap = 0;
        ReportFindings();
        if (_data.Evaluation is { } evaluation && (isLast || epoch % _config.Evaluation.EpochInterval == 0))
        {
            if (isSaved) Save();            // an evaluation can take long: the epoch must not be lost with it
            if (!Evaluate(evaluation, log, stop)) return false;
        }
        if (isWhole) _state.Position = _state.Position.NextEpoch();
        if (isSaved) Save();
        else if (_checkpoints.IsIterationDue) _checkpoints.SaveIteration();
        return true;

        void Save()
        {
            if (isWhole) _checkpoints.SaveEpoch(epoch);
            else _checkpoints.SaveIteration();
        }
    }

    /// <summary>Evaluates on the validation set and keeps the best weights.</summary>
    /// <returns>False if asked to stop before the end.</returns>
    bool Evaluate(SharedEvaluation evaluation, RunLog? log, CancellationToken stop)
    {
        var (position, epoch) = (_state.Position, _state.Position.Epoch + 1);
        _world.Heartbeat($"evaluating after epoch {epoch}");
        CocoMetrics metrics;
        try
        {
            using var network = _state.CreateInferenceNetwork();
            metrics = evaluation.Evaluate(network, _observer.Evaluating, stop).Metrics;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested || !_world.IsSingle)
        {
            _isStopping = true;
            return false;
        }
        var isBest = _state.Best is null || metrics.AP > _state.Best.Ap;
        if (isBest)
        {
            _state.Best = new BestResult(metrics.AP, epoch);
            if (_config.Evaluation.SaveBest) _checkpoints.SaveBest();
        }
        log?.Add(position, _schedule.Rate(position.Epoch, position.Iteration - 1), metrics);
        _observer.Evaluated(epoch, metrics, isBest);
        return true;
    }

    void ReportFindings()
    {
        foreach (var finding in _data.NewFindings()) _observer.Notice(finding);
    }

    /// <summary>Reports what is true of the whole run, once for all processes.</summary>
    void Notice(string message)
    {
        if (_world.IsMain) _observer.Notice(message);
    }
}

/// <summary>How a run ended.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="IsFinished">False if it was stopped; the newest checkpoint then continues it.</param>
/// <param name="Best">Its best evaluation; null if there was none.</param>
/// <param name="Checkpoint">The newest checkpoint, null if none was written.</param>
public sealed record TrainingResult(TrainingPosition Position, bool IsFinished, BestResult? Best, string? Checkpoint);

/// <summary>A training run cannot start or go on: a non-finite loss, no images, a checkpoint that does not fit.</summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The error below it, if any.</param>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Weights do not fit the network of the run.</summary>
    /// <param name="error">What does not fit.</param>
    public TrainingException(ArchitectureException error) : this(error.Message, error)
    {
    }
}
