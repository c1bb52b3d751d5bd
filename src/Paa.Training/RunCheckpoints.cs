using Paa.Checkpoints;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>The checkpoints of one run: decides when one is due, writes it, and finds the one to continue from.</summary>
/// <remarks>The main process reads and writes the folder; the others only keep the position of the newest checkpoint.</remarks>
/// <param name="folder">The folder of the run.</param>
/// <param name="state">The state to save; its configuration supplies the intervals. Borrowed.</param>
/// <param name="batchesPerEpoch">Iterations per epoch.</param>
/// <param name="pace">Takes the times.</param>
/// <param name="world">The processes of the run. Borrowed.</param>
/// <param name="observer">Receives the paths of saved files and messages about damaged ones.</param>
sealed class RunCheckpoints(
    string folder, TrainingState state, int batchesPerEpoch, RunPace pace, World world, ITrainingObserver observer)
{
    readonly CheckpointStore _store = new(folder, state.Config.Checkpoints.MaxKept, batchesPerEpoch);
    TrainingPosition? _saved;               // the position of the newest checkpoint

    /// <summary>The newest checkpoint that this process read or wrote; null if there is none.</summary>
    public string? Newest { get; private set; }

    /// <summary>Whether a checkpoint inside the epoch has become due since the last update.</summary>
    public bool IsIterationDue
    {
        get
        {
            var (interval, iteration) = (state.Config.Checkpoints.IterationInterval, state.Position.Iteration);
            var before = iteration - state.Config.Gradients.AccumulationSteps;
            return interval > 0 && iteration / interval > before / interval;
        }
    }

    /// <summary>Whether an epoch ends with a checkpoint.</summary>
    /// <param name="epoch">1-based epoch.</param>
    public bool IsEpochDue(int epoch) => epoch % state.Config.Checkpoints.EpochInterval == 0;

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
    /// <returns>What the file holds.</returns>
    public TrainingCheckpoint Restore(string path, Action<string> notice)
    {
        var checkpoint = world.ReadFile(path, TrainingCheckpoint.Read);
        state.Restore(checkpoint, path, notice);
        (_saved, Newest) = (state.Position, path);
        return checkpoint;
    }

    /// <summary>Writes the checkpoint of a finished epoch.</summary>
    /// <param name="epoch">1-based epoch.</param>
    public void SaveEpoch(int epoch) => Save(() => _store.SaveEpoch(epoch, Capture()));

    /// <summary>Writes a checkpoint inside an epoch.</summary>
    public void SaveIteration() => Save(() => _store.SaveIteration(state.Position.Iteration, Capture()));

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

    PickleDict Capture() => state.Capture(elapsed: pace.Elapsed).ToGraph();

    void Save(Func<string> write)
    {
        if (world.IsMain)
        {
            world.Heartbeat($"writing the checkpoint of iteration {state.Position.Iteration}", isShared: false);
            pace.Save(() => Newest = write());
            observer.Saved(Newest!);
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
