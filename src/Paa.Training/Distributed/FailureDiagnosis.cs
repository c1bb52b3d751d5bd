using System.Globalization;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>Finds the process that caused an error on this one, and agrees with the others on one message.</summary>
/// <param name="store">The job's part of the store. Borrowed.</param>
/// <param name="placement">The place of this process in the job.</param>
/// <param name="heartbeat">The heartbeat of this process; null before it has one.</param>
/// <param name="timeout">Longest wait for another process.</param>
/// <param name="period">Time between heartbeats.</param>
sealed class FailureDiagnosis(Store store, Placement placement, Heartbeat? heartbeat, TimeSpan timeout, TimeSpan period)
{
    /// <summary>Time given to the failed process or its launcher to report the failure first.</summary>
    internal static readonly TimeSpan SettlingTime = TimeSpan.FromSeconds(1);

    readonly FailureBoard _board = new(store);

    /// <summary>The key under which each process writes the name of its machine.</summary>
    internal static string HostKey(int rank) => string.Create(CultureInfo.InvariantCulture, $"host/{rank}");

    /// <summary>The failure to report if the process that keeps the store does not answer.</summary>
    internal static Failure StoreIsGone(Placement placement)
    {
        var keeper = placement.IsStoreOfLauncher ? "the launcher" : "rank 0";
        return new Failure(placement.IsStoreOfLauncher ? -1 : 0, $"{placement.MasterAddress}:{placement.MasterPort}",
            $"{keeper}, which keeps the store, does not answer rank {placement.Rank} on {World.Host}: "
            + "it died, or the network to it is cut. Continue with --resume.", placement.Rank);
    }

    /// <summary>Determines the failure that ends the job.</summary>
    /// <param name="own">The error of this process, as a failure.</param>
    /// <param name="isCommunication">Whether another process may have caused the error.</param>
    /// <returns>The failure, and whether this process must print it; exactly one process must.</returns>
    public (Failure Failure, bool IsReporter) Explain(Failure own, bool isCommunication)
    {
        var search = Task.Run(() => Find(own, isCommunication));         // the store may be out of reach
        try
        {
            if (search.Wait(2 * SettlingTime + 5 * period)) return search.Result;
        }
        catch (AggregateException)
        {
            // the connection is broken
        }
        return isCommunication ? (StoreIsGone(placement), placement.LocalRank == 0) : (own, true);
    }

    (Failure Failure, bool IsReporter) Find(Failure own, bool isCommunication)
    {
        if (isCommunication && _board.Await(SettlingTime) is { } known) return (known, false);
        var failure = isCommunication ? FindCulprit() ?? own : own;
        return _board.TryReport(failure) ? (failure, true) : (_board.Await(SettlingTime) ?? failure, false);
    }

    /// <summary>
    /// The process whose heartbeat has stopped, or else the one furthest behind this one; null if there is none.
    /// </summary>
    Failure? FindCulprit()
    {
        var before = ReadHeartbeats();
        Thread.Sleep(3 * period);
        var after = ReadHeartbeats();
        for (var rank = 0; rank < placement.Size; rank++)
            if (rank != placement.Rank && after[rank]?.Beat == before[rank]?.Beat)
                return Blame(rank, "does not answer: it died, was stopped, or the network to it is cut "
                    + $"(its last phase: {after[rank]?.Phase})");

        var others = Enumerable.Range(0, placement.Size).Where(rank => rank != placement.Rank);
        var slowest = others.MinBy(rank => after[rank]!.Value.Progress);
        var sign = after[slowest]!.Value;
        return sign.Progress < heartbeat!.Progress
            ? Blame(slowest, string.Create(CultureInfo.InvariantCulture,
                $"hangs: it is alive, but did not get beyond \"{sign.Phase}\" within {timeout.TotalSeconds:0.#} s"))
            : null;
    }

    Failure Blame(int rank, string cause)
    {
        var host = store.Has(HostKey(rank)) ? store.Get(HostKey(rank), SettlingTime) : "an unknown host";
        return new Failure(rank, host, cause + ". Continue with --resume.", placement.Rank);
    }

    Heartbeat.Sign?[] ReadHeartbeats() => [.. Enumerable.Range(0, placement.Size).Select(rank => Heartbeat.Last(store, rank))];
}
