using System.Globalization;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>A thread that shows the other processes that this one lives and how far it is, and notices when one of them fails.</summary>
sealed class Heartbeat : IDisposable
{
    readonly Store _store;                  // a connection of its own: the main thread's may be waiting
    readonly FailureBoard _board;
    readonly int _rank;
    readonly TimeSpan _period;
    readonly Action<Failure?> _onFailure;
    readonly ManualResetEventSlim _stop = new();
    readonly Thread _thread;
    State _state = new(0, "starting");

    /// <summary>How far a process is: a number that rises at the same places in all of them, and words for it.</summary>
    sealed record State(long Progress, string Phase);

    /// <summary>What is known of a process.</summary>
    /// <param name="Beat">Rises while it lives.</param>
    /// <param name="Progress">Rises while it works.</param>
    /// <param name="Phase">What it does.</param>
    public readonly record struct Sign(long Beat, long Progress, string Phase);

    /// <summary>Starts beating.</summary>
    /// <param name="store">Held.</param>
    /// <param name="rank">The process whose heartbeat this is.</param>
    /// <param name="period">The time between beats.</param>
    /// <param name="onFailure">Called once, on the thread, when a process failed; with null when the store is gone.</param>
    public Heartbeat(Store store, int rank, TimeSpan period, Action<Failure?> onFailure)
    {
        (_store, _rank, _period, _onFailure, _board) = (store, rank, period, onFailure, new FailureBoard(store));
        Beat(0);
        _thread = new Thread(Run) { IsBackground = true, Name = "paa heartbeat" };
        _thread.Start();
    }

    /// <summary>Phases that all processes come to, and that this one has come to so far.</summary>
    public long Progress => _state.Progress;

    /// <summary>Says what this process does from now on.</summary>
    /// <param name="phase">Words for it.</param>
    /// <param name="isShared">Whether all processes come to this phase. It then counts as progress.</param>
    public void Report(string phase, bool isShared) => _state = new State(_state.Progress + (isShared ? 1 : 0), phase);

    /// <summary>The last sign of a process; null if it never gave one.</summary>
    /// <param name="store">A connection of the calling thread.</param>
    /// <param name="rank">The process.</param>
    public static Sign? Last(Store store, int rank)
    {
        if (!store.Has(Key(rank))) return null;
        var parts = store.Get(Key(rank), TimeSpan.FromSeconds(1)).Split('|', 3);
        return new Sign(long.Parse(parts[0], CultureInfo.InvariantCulture), long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2]);
    }

    /// <summary>Stops beating and closes the connection.</summary>
    public void Dispose()
    {
        Stop();
        if (_thread.Join(_period + TimeSpan.FromSeconds(1))) _store.Dispose();
    }

    /// <summary>Stops beating; returns at once.</summary>
    public void Stop() => _stop.Set();

    void Run()
    {
        try
        {
            for (var beat = 1L; !_stop.Wait(_period); beat++)
            {
                Beat(beat);
                if (_board.Read() is not { } failure || failure.Reporter == _rank) continue;
                if (!_stop.IsSet) _onFailure(failure);
                return;
            }
        }
        catch (TorchException) when (!_stop.IsSet)
        {
            _onFailure(null);
        }
        catch (TorchException)
        {
            // the store ended with the job
        }
    }

    void Beat(long beat)
    {
        var state = _state;
        _store.Set(Key(_rank), string.Create(CultureInfo.InvariantCulture, $"{beat}|{state.Progress}|{state.Phase}"));
    }

    static string Key(int rank) => string.Create(CultureInfo.InvariantCulture, $"beat/{rank}");
}
