using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;
using Paa.Training.Logs;
using Paa.Training.Losses;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>Trains a detector from a configuration: epochs of batches, evaluations, checkpoints, a log.</summary>
/// <remarks>
/// On the CPU, with the same configuration and number of threads, the final weights do not depend on whether or where a run was
/// interrupted: checkpoints hold everything that changes during a run, and everything random derives from the seed and the
/// position.
/// </remarks>
public sealed class Trainer : IDisposable
{
    /// <summary>Enough to halve a loss scale from 65536 to 6e-5, where no scale helps any more.</summary>
    const int MaxSkippedInARow = 30;

    readonly string _folder;
    readonly string _name;
    readonly ITrainingObserver _observer;
    readonly World _world;
    readonly TrainingData _data;
    readonly TrainingState _state;
    readonly RunPace _pace = new();
    readonly RunCheckpoints _checkpoints;
    readonly EpochEnd _epochEnd;
    readonly StepPrecision? _precision;

    RunSchedule _schedule;
    int _stepsWithoutOverlap;               // in the current epoch
    bool _isStopping;
    bool _isResumed;                        // so the folder may hold this run

    /// <summary>Reads the annotations and builds the network; nothing is written yet.</summary>
    /// <param name="config">The run.</param>
    /// <param name="folder">Folder of log and checkpoints; created by <see cref="Train"/>.</param>
    /// <param name="name">Name of the configuration, for the log.</param>
    /// <param name="observer">Receives the progress; may be null.</param>
    /// <param name="world">
    /// The processes that train together, of which the main one writes the files; null for this one alone.
    /// </param>
    /// <exception cref="DataException">A data set cannot be used.</exception>
    /// <exception cref="TrainingException">The configuration does not fit the data.</exception>
    /// <exception cref="ConfigException">A value of the configuration is out of its range.</exception>
    public Trainer(PaaConfig config, string folder, string name, ITrainingObserver? observer = null, World? world = null)
        : this(config, folder, name, observer, world, precision: null)
    {
    }

    /// <summary>Creates a run with a precision other than the configuration's.</summary>
    internal Trainer(
        PaaConfig config, string folder, string name, ITrainingObserver? observer, World? world, StepPrecision? precision)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        ConfigValidator.Validate(config, nameof(config));
        (_folder, _name, _world, _precision) = (folder, name, world ?? World.Single, precision);
        _observer = observer is null ? new SilentObserver() : _world.IsMain ? observer : new RankObserver(observer, _world);
        _data = new TrainingData(config, _world);
        _state = new TrainingState(config, name, _data, config.Data.BatchSize * _world.Size, precision);
        _schedule = CreateSchedule();
        _checkpoints = new RunCheckpoints(folder, _state, _data.Loader.BatchCount, _pace, _world, _observer);
        _epochEnd = new EpochEnd(_state, _data.Evaluation, _checkpoints, _pace, _world, _observer);
    }

    /// <summary>The run; after <see cref="Plan"/> and <see cref="Resume()"/> with the schedule that its budget allows.</summary>
    public PaaConfig Config => _state.Config;

    /// <summary>Whether a key of the configuration, such as <c>runner.max_epochs</c>, is chosen by a plan for a budget.</summary>
    /// <param name="key">From the root.</param>
    public static bool IsPlanned(string key) => BudgetPlan.Decides(key);

    /// <summary>The network in its current state. Borrowed.</summary>
    public TorchDetector Detector => _state.Detector;

    /// <summary>
    /// Continues from the newest readable checkpoint in the folder of the run; without one, the run starts afresh.
    /// </summary>
    /// <exception cref="TrainingException">All checkpoints are damaged, or the newest belongs to another network.</exception>
    public void Resume()
    {
        _isResumed = true;
        if (_world.Broadcast(_world.IsMain ? _checkpoints.FindNewest() : null) is { } path) Resume(path);
        else Notice($"{_folder} has no checkpoint: the run begins anew.");
    }

    /// <summary>Continues from a checkpoint of this project or of MMDetection.</summary>
    /// <param name="path">A checkpoint with the state of the optimiser.</param>
    /// <exception cref="CheckpointException">The file is damaged or is not a checkpoint.</exception>
    /// <exception cref="TrainingException">The checkpoint belongs to another network.</exception>
    public void Resume(string path)
    {
        var checkpoint = _checkpoints.Restore(path, Notice);
        _isResumed = true;
        _pace.Resume(checkpoint.Elapsed);
        if (checkpoint.Plan(path) is { } plan)
        {
            Follow(plan.ForBatch(checkpoint.ImagesPerIteration ?? ImagesPerIteration, ImagesPerIteration));
            Notice(plan.ResumeNotice(path, _schedule.TotalIterations));
        }
        else if (Config.Duration is { Budget: not null, IsPlanned: false })
        {
            _state.IgnoreBudget();
            Notice($"{path} belongs to a run without a budget: it goes on with the schedule of the configuration; a budget needs "
                + "a new run.");
        }
    }

    /// <summary>
    /// Lays the schedule of a new run with a budget: times training steps, an evaluation and a checkpoint, on weights of their
    /// own. Does nothing if there is no budget, or if the schedule is already laid. <see cref="Train"/> does it, too.
    /// </summary>
    /// <param name="stop">Requests a stop.</param>
    /// <returns>False if a stop was requested before the schedule was laid.</returns>
    /// <exception cref="TrainingException">The budget is too short.</exception>
    public bool Plan(CancellationToken stop = default)
    {
        if (Config.Duration is not { Budget: { } budget, IsPlanned: false }) return true;
        RefuseTakenFolder();
        if (_world.IsMain) Directory.CreateDirectory(_folder);
        var timing = new CostMeasurement(Config, _name, _data, _folder, _world, _precision);
        if (timing.Measure(_pace, budget, stop) is not { } costs) return false;
        Follow(BudgetPlan.Make(Config, _data.Loader.BatchCount, costs));
        _pace.Expect(costs);
        Notice(BudgetPlan.Notice(Config, _data.Loader.BatchCount, costs));
        return true;
    }

    /// <summary>
    /// Trains to the end, or until asked to stop; it then finishes the iteration and writes a checkpoint. Other runs in this
    /// process, each on a thread of its own, do not change the result.
    /// </summary>
    /// <param name="stop">Requests a stop.</param>
    /// <exception cref="TrainingException">A loss or gradient is not finite; it did not update the weights. Or the folder holds
    /// another run, which would be overwritten.</exception>
    /// <exception cref="CheckpointException">A checkpoint cannot be written; the previous one remains.</exception>
    public TrainingResult Train(CancellationToken stop = default)
    {
        RefuseTakenFolder();
        using var threads = TorchRuntime.UseThreads(PaaConfig.ComputeThreads(Config.ThreadCount, _world.LocalSize));
        if (!Plan(stop)) return new TrainingResult(_state.Position, IsFinished: false, null, null);
        using var log = OpenLog();
        using var parallel = PrepareWeights();
        Announce(log);

        var isEpochClosed = _state.Position.Batch == 0;
        while (!isEpochClosed || !IsRunOver)
        {
            TrainEpoch(log, stop);
            isEpochClosed = IsEpochOver && CloseEpoch(log, stop);
            if (!isEpochClosed) break;                                  // a stop was requested
        }
        if (!isEpochClosed) _checkpoints.SaveIterationIfNew();
        _isResumed = true;                                              // may go on from here
        _world.Heartbeat("the end");
        return new TrainingResult(_state.Position, isEpochClosed, _state.Best, _checkpoints.Newest);
    }

    /// <summary>Frees the network and the optimiser.</summary>
    public void Dispose() => _state.Dispose();

    TrainingStep Step => _state.Step;

    /// <summary>Images per iteration, summed over all processes.</summary>
    int ImagesPerIteration => Config.Data.BatchSize * _world.Size;

    /// <summary>Images whose gradients form one update.</summary>
    int ImagesPerUpdate => ImagesPerIteration * Config.Gradients.AccumulationSteps;

    bool IsEpochOver => _state.Position.Batch == _data.Loader.BatchCount || _schedule.IsLast(_state.Position);

    bool IsRunOver => _schedule.IsLast(_state.Position) || _state.EarlyStopping is { HasStopped: true };

    RunSchedule CreateSchedule() => new(Config, _data.Loader.BatchCount, _data.Evaluation is not null, ImagesPerUpdate);

    void Follow(BudgetPlan plan)
    {
        _state.Follow(plan);
        _schedule = CreateSchedule();
    }

    void RefuseTakenFolder()
    {
        if (_world.IsMain && !_isResumed && CheckpointStore.HoldsRun(_folder)) throw TrainingMessages.FolderIsTaken(_folder);
    }

    /// <summary>Opens the log of the run; null if another process writes it.</summary>
    RunLog? OpenLog()
    {
        if (!_world.IsMain) return null;
        Directory.CreateDirectory(_folder);
        var isClipping = Config.Gradients.Clipping is not null;
        return new RunLog(_folder, Config.Log.Interval, isClipping);
    }

    /// <summary>Sets the weights of a new run and connects the processes if there are several.</summary>
    DataParallel? PrepareWeights()
    {
        _world.Heartbeat("preparing the weights");
        if (_world.IsMain) _state.EnsureWeights(Notice);
        _state.UseLayout();
        Step.Parallel = _world.IsSingle ? null : new DataParallel(Detector, _world);
        if (_state.Average is { HasBegun: false } average) average.Begin();
        return Step.Parallel;
    }

    void Announce(RunLog? log)
    {
        log?.Add(new RunLogEntry
        {
            EnvInfo = TrainingMessages.EnvironmentText(Detector.Device, Step.Precision),
            ExpName = _name,
            Seed = Config.Seed,
            Config = ConfigWriter.ToYaml(Config),
        });
        var parameterCount = Detector.Parameters.Parameters.Where(parameter => parameter.IsTrainable).Sum(p => p.Tensor.Count);
        _observer.Started(new TrainingPlan(_folder, _data.ImageCount, _data.Loader.BatchCount, Config.Duration.MaxEpochs,
            _schedule.TotalIterations, parameterCount, _state.Position)
        {
            Device = Detector.Device,
            Budget = Config.Duration.Budget,
        });
        if (LearningRateScaling.Notice(Config, ImagesPerUpdate) is { } notice) Notice(notice);
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
            if (_schedule.Part(_state.Position).IsFirst)                // unused gradients cannot be saved
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
        var (rate, part) = (_schedule.Rates.Rate(position.Epoch, position.Iteration), _schedule.Part(position));
        var (scaler, lossScale) = (Step.Precision.Scaler, Step.Precision.Scaler?.Scale);

        var outcome = Step.Run(batch, rate, part);
        if (!outcome.IsFinite && scaler is null)
        {
            if (outcome.Losses.IsFinite) _world.ThrowIfPeerFailed();    // another process's loss made the gradients non-finite
            throw TrainingMessages.NotFinite(position, batch, outcome, _checkpoints.Newest);
        }
        (outcome, var imageCount) = Share(outcome, batch.Images.Count, stop);
        var isSkipped = part.IsLast && !outcome.IsUpdated;
        if (scaler?.SkippedInARow >= MaxSkippedInARow)
            throw TrainingMessages.TooManySkipped(position, scaler, outcome, _checkpoints.Newest);

        if (!outcome.Losses.HasOverlap) _stepsWithoutOverlap++;
        _state.Average?.Update(position);
        _state.Position = position.NextBatch();
        _pace.AddStep(clock.Elapsed);
        var left = _pace.TimeLeft(_schedule, _state.Position);
        var report = new StepReport(
            _state.Position, rate, outcome.Losses, outcome.GradientNorm, imageCount, waited, clock.Elapsed)
        {
            TimeLeft = left,
            Amp = Step.Precision.Mode,
            LossScale = lossScale,
            IsSkipped = isSkipped,
        };
        log?.Add(report, IsEpochOver, Detector.Device);
        _observer.Stepped(report);
        if (Config.Duration.Budget is { } budget && _pace.Warning(budget, left) is { } warning) Notice(warning);
    }

    /// <summary>Combines losses and image counts of all processes. Also agrees on stopping if one of them was asked to.</summary>
    (StepOutcome Outcome, int ImageCount) Share(StepOutcome outcome, int imageCount, CancellationToken stop)
    {
        if (_world.IsSingle) return (outcome, imageCount);
        var losses = outcome.Losses;
        var sums = _world.Sum(losses.Classification, losses.BoxRegression, losses.IouPrediction, losses.PositiveCount,
            losses.HasOverlap ? 0 : 1, imageCount, stop.IsCancellationRequested ? 1 : 0);
        _isStopping |= sums[6] > 0;
        var shared = new LossValues(Mean(sums[0]), Mean(sums[1]), Mean(sums[2]), (int)sums[3], HasOverlap: sums[4] == 0);
        return (outcome with { Losses = shared }, (int)sums[5]);

        float Mean(double sum) => (float)(sum / _world.Size);
    }

    /// <summary>
    /// Whether to stop. Several processes agree on this in <see cref="Share"/>, so that all stop after the same iteration.
    /// </summary>
    bool IsStopping(CancellationToken stop) => _world.IsSingle ? stop.IsCancellationRequested : _isStopping;

    /// <summary>Reports, evaluates and saves after the last batch of an epoch.</summary>
    /// <returns>False if a stop was requested before everything was done; the epoch then stays open.</returns>
    bool CloseEpoch(RunLog? log, CancellationToken stop)
    {
        if (_stepsWithoutOverlap > 0) Notice(TrainingMessages.WithoutOverlap(_state.Position.Epoch + 1, _stepsWithoutOverlap));
        _stepsWithoutOverlap = 0;
        ReportFindings();
        return _epochEnd.Close(_schedule, log, stop);
    }

    void ReportFindings()
    {
        foreach (var finding in _data.NewFindings()) _observer.Notice(finding);
    }

    /// <summary>Reports a message about the whole run, once for all processes.</summary>
    void Notice(string message)
    {
        if (_world.IsMain) _observer.Notice(message);
    }
}

/// <summary>The outcome of a run.</summary>
/// <param name="Position">Position at the end.</param>
/// <param name="IsFinished">False if the run was stopped; it continues from the newest checkpoint.</param>
/// <param name="Best">The best evaluation; null if there was none.</param>
/// <param name="Checkpoint">The newest checkpoint; null if none was written.</param>
public sealed record TrainingResult(TrainingPosition Position, bool IsFinished, BestResult? Best, string? Checkpoint);
