using System.Globalization;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>
/// A thread that shows the other processes that this one is alive and how far it is, and notices when one of them fails.
/// </summary>
sealed class Heartbeat : IDisposable
{
    readonly Store _store;                  // a separate connection, because the main thread's may be blocked
    readonly FailureBoard _board;
    readonly int _rank;
    readonly TimeSpan _period;
    readonly Action<Failure?> _onFailure;
    readonly ManualResetEventSlim _stop = new();
    readonly Thread _thread;
    State _state = new(0, "starting");

    /// <summary>The state of a process: a number that rises at the same places in all of them, and a description.</summary>
    sealed record State(long Progress, string Phase);

    /// <summary>The last report of a process.</summary>
    /// <param name="Beat">Rises while the process is alive.</param>
    /// <param name="Progress">Rises while the process makes progress.</param>
    /// <param name="Phase">What the process is doing.</param>
    public readonly record struct Sign(long Beat, long Progress, string Phase);

    /// <summary>Starts beating.</summary>
    /// <param name="store">Held.</param>
    /// <param name="rank">The process whose heartbeat this is.</param>
    /// <param name="period">Time between beats.</param>
    /// <param name="onFailure">Called once, on the thread, when a process has failed; with null if the store is gone.</param>
    public Heartbeat(Store store, int rank, TimeSpan period, Action<Failure?> onFailure)
    {
        (_store, _rank, _period, _onFailure, _board) = (store, rank, period, onFailure, new FailureBoard(store));
        Beat(0);
        _thread = new Thread(Run) { IsBackground = true, Name = "paa heartbeat" };
        _thread.Start();
    }

    /// <summary>Number of shared phases that this process has reached so far.</summary>
    public long Progress => _state.Progress;

    /// <summary>Reports what this process does from now on.</summary>
    /// <param name="phase">Description of the phase.</param>
    /// <param name="isShared">Whether all processes reach this phase; it then counts as progress.</param>
    public void Report(string phase, bool isShared) => _state = new State(_state.Progress + (isShared ? 1 : 0), phase);

    /// <summary>The last report of a process; null if there is none.</summary>
    /// <param name="store">A connection of the calling thread.</param>
    /// <param name="rank">The process.</param>
    public static Sign? Last(Store store, int rank)
    {
        if (!store.Has(Key(rank))) return null;
        var parts = store.Get(Key(rank), TimeSpan.FromSeconds(1)).Split('|', 3);
        return new Sign(Number(parts[0]), Number(parts[1]), parts[2]);

        static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
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
