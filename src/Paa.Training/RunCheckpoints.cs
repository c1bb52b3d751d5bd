using Paa.Checkpoints;
using Paa.Options;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>The checkpoints of one run: decides when one is due, writes it, and finds the one to continue from.</summary>
/// <remarks>The main process reads and writes the folder; the others only keep the position of the newest checkpoint.</remarks>
/// <param name="config">Supplies the intervals and the number of checkpoints kept.</param>
/// <param name="folder">The folder of the run.</param>
/// <param name="state">The state to save. Borrowed.</param>
/// <param name="batchesPerEpoch">Iterations per epoch.</param>
/// <param name="world">The processes of the run. Borrowed.</param>
/// <param name="observer">Receives the paths of saved files and messages about damaged ones.</param>
sealed class RunCheckpoints(
    PaaConfig config, string folder, TrainingState state, int batchesPerEpoch, World world, ITrainingObserver observer)
{
    readonly CheckpointStore _store = new(folder, config.Checkpoints.MaxKept, batchesPerEpoch);
    TrainingPosition? _saved;               // the position of the newest checkpoint

    /// <summary>The newest checkpoint that this process read or wrote; null if there is none.</summary>
    public string? Newest { get; private set; }

    /// <summary>Whether a checkpoint inside the epoch has become due since the last update.</summary>
    public bool IsIterationDue
    {
        get
        {
            var (interval, iteration) = (config.Checkpoints.IterationInterval, state.Position.Iteration);
            return interval > 0 && iteration / interval > (iteration - config.Gradients.AccumulationSteps) / interval;
        }
    }

    /// <summary>Whether an epoch ends with a checkpoint.</summary>
    /// <param name="epoch">1-based epoch.</param>
    public bool IsEpochDue(int epoch) => config.Checkpoints.EpochInterval > 0 && epoch % config.Checkpoints.EpochInterval == 0;

    /// <summary>Finds the newest readable checkpoint; null if there is none at all. Damaged ones are renamed.</summary>
    /// <exception cref="TrainingException">There are checkpoints, and all are damaged.</exception>
    public string? FindNewest()
    {
        var candidates = _store.Candidates();
        if (candidates.FirstOrDefault(IsReadable) is { } newest) return newest;
        if (candidates.Count > 0)
            throw new TrainingException($"{folder}: all {candidates.Count} checkpoints are damaged; train without --resume.");
        return null;
    }

    /// <summary>Restores the state of the run from a checkpoint.</summary>
    /// <param name="path">Path on the main process.</param>
    /// <param name="notice">Receives the reason if the continuation is not exact.</param>
    /// <exception cref="CheckpointException">The file is damaged or is not a checkpoint.</exception>
    /// <exception cref="TrainingException">The checkpoint belongs to another network.</exception>
    public void Restore(string path, Action<string> notice)
    {
        state.Restore(world.ReadFile(path, TrainingCheckpoint.Read), path, notice);
        (_saved, Newest) = (state.Position, path);
    }

    /// <summary>Writes the checkpoint of a finished epoch.</summary>
    /// <param name="epoch">1-based epoch.</param>
    public void SaveEpoch(int epoch) => Save(() => _store.SaveEpoch(epoch, state.Capture().ToGraph()));

    /// <summary>Writes a checkpoint inside an epoch.</summary>
    public void SaveIteration() => Save(() => _store.SaveIteration(state.Position.Iteration, state.Capture().ToGraph()));

    /// <summary>Writes a checkpoint inside an epoch, unless the newest one already has this position.</summary>
    public void SaveIterationIfNew()
    {
        if (_saved != state.Position) SaveIteration();
    }

    /// <summary>Writes the weights of the best evaluation, without the state of the optimiser.</summary>
    public void SaveBest()
    {
        if (world.IsMain) observer.Saved(_store.SaveBest(state.Capture(withOptimizer: false).ToGraph()));
    }

    void Save(Func<string> write)
    {
        if (world.IsMain)
        {
            world.Heartbeat($"writing the checkpoint of iteration {state.Position.Iteration}", isShared: false);
            Newest = write();
            observer.Saved(Newest);
        }
        _saved = state.Position;
    }

    bool IsReadable(string path)
    {
        try
        {
            TrainingCheckpoint.Read(path);
            return true;
        }
        catch (CheckpointException error)
        {
            observer.Notice($"{error.Message} It is set aside, and the previous checkpoint is tried.");
            _store.SetAside(path);
            return false;
        }
    }
}
