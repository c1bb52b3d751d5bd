using System.Diagnostics;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Training.Distributed;

namespace Paa.Cli.Launch;

/// <summary>Starts the processes of this machine, waits for them, and ends them all when one fails.</summary>
/// <remarks>
/// The launcher of machine 0 keeps the store. The store thus outlives every process, and the first failure can be read there.
/// </remarks>
sealed class Launcher(Shell shell, LaunchPlan plan)
{
    const int FirstSignalCode = 128;

    static readonly TimeSpan EndingTime = TimeSpan.FromSeconds(3);      // for the other processes to end on their own
    static readonly TimeSpan TerminationTime = TimeSpan.FromSeconds(1); // for them to end when asked to
    static readonly TimeSpan StoreTime = TimeSpan.FromSeconds(3);

    /// <summary>Runs all processes to the end.</summary>
    /// <returns>0, or the exit code of the process that failed first.</returns>
    public int Run()
    {
        Directory.CreateDirectory(plan.LogFolder);
        using var server = plan.NodeRank == 0 ? OpenStore(isServer: true) : null;
        var workers = new List<WorkerProcess>();
        try
        {
            for (var local = 0; local < plan.Processes; local++)
                workers.Add(new WorkerProcess(shell, plan, local, server?.Port ?? plan.MasterPort));
            using var stop = shell.Stop.Register(() => workers.ForEach(worker => worker.Terminate()));
            if (AwaitFailure(workers) is { } failed) return End(workers, failed, server);
            if (server is not null) AwaitOtherMachines(server);
            return workers.Exists(worker => worker.ExitCode == ExitCode.Cancelled) ? ExitCode.Cancelled : ExitCode.Success;
        }
        finally
        {
            workers.ForEach(worker => worker.Dispose());
        }
    }

    /// <summary>Waits until all processes have succeeded, or one has failed.</summary>
    WorkerProcess? AwaitFailure(List<WorkerProcess> workers)
    {
        var running = workers.ToList();
        while (running.Count > 0)
        {
            Task.WaitAny([.. running.Select(worker => worker.Exit)]);
            foreach (var ended in running.Where(worker => worker.HasExited).ToArray())
            {
                if (ended.ExitCode is not (ExitCode.Success or ExitCode.Cancelled)) return ended;
                running.Remove(ended);
            }
        }
        return null;
    }

    int End(List<WorkerProcess> workers, WorkerProcess failed, Store? server)
    {
        var failure = WithStore(server, board =>
        {
            if (!IsPeerFailure(failed)) Report(board, failed);
            return board.Await(TimeSpan.FromSeconds(1));
        });
        if (!WaitAll(workers, EndingTime))
        {
            workers.ForEach(worker => worker.Terminate());
            if (!WaitAll(workers, TerminationTime)) workers.ForEach(worker => worker.Kill());
            WaitAll(workers, TerminationTime);
        }
        var isTold = failure is not null ? plan.IsHere(failure.Reporter) || failure.Reporter == Reporter
            : workers.Any(worker => worker.HasExited && worker.ExitCode is > 0 and < FirstSignalCode && !IsPeerFailure(worker));
        if (!isTold) shell.Error.WriteLine($"paa launch: {failure?.ToString() ?? Describe(failed)}");
        var first = workers.Find(worker => worker.Rank == failure?.Rank) ?? failed;
        return first.ExitCode is 0 or ExitCode.PeerFailure ? ExitCode.Failure : first.ExitCode;
    }

    /// <summary>Reports a failure for a process that was killed and could not report it itself.</summary>
    void Report(FailureBoard board, WorkerProcess failed)
    {
        var isSilent = failed.ExitCode >= FirstSignalCode;
        var failure = new Failure(
            failed.Rank, World.Host, Describe(failed.ExitCode) + ". Continue with --resume.", isSilent ? Reporter : failed.Rank);
        if (board.TryReport(failure) && isSilent) shell.Error.WriteLine($"paa launch: {failure}");
    }

    /// <summary>The number of this launcher as a reporter, apart from all ranks.</summary>
    int Reporter => -1 - plan.NodeRank;

    string Describe(WorkerProcess failed) =>
        $"rank {failed.Rank} on {World.Host}: {Describe(failed.ExitCode)}; its output is in {failed.LogFile}";

    static string Describe(int exitCode)
    {
        var signal = exitCode - FirstSignalCode;
        return signal >= 0
            ? string.Create(CultureInfo.InvariantCulture, $"was ended by signal {signal}{SignalName(signal)}")
            : string.Create(CultureInfo.InvariantCulture, $"ended with exit code {exitCode}");
    }

    static string SignalName(int signal) => signal switch
    {
        6 => " (SIGABRT)",
        9 => " (SIGKILL: it was killed, or the machine ran out of memory)",
        11 => " (SIGSEGV)",
        15 => " (SIGTERM)",
        _ => "",
    };

    static bool IsPeerFailure(WorkerProcess worker) => worker.ExitCode == ExitCode.PeerFailure;

    static bool WaitAll(List<WorkerProcess> workers, TimeSpan patience) =>
        Task.WaitAll([.. workers.Select(worker => worker.Exit)], patience);

    /// <summary>Queries the store of machine 0; null if it cannot be reached.</summary>
    Failure? WithStore(Store? server, Func<FailureBoard, Failure?> look)
    {
        var looking = Task.Run(() =>
        {
            using var own = server is null ? OpenStore(isServer: false) : null;
            using var part = FailureBoard.PartOf(server ?? own!, attempt: 0);
            return look(new FailureBoard(part));
        });
        try
        {
            return looking.Wait(StoreTime) ? looking.Result : null;
        }
        catch (AggregateException)
        {
            return null;
        }
    }

    /// <summary>Waits for the processes of other machines, which need the store until they have left.</summary>
    void AwaitOtherMachines(Store server)
    {
        using var part = FailureBoard.PartOf(server, attempt: 0);
        var clock = Stopwatch.StartNew();
        while (plan.Nodes > 1 && part.Add(World.LeftKey, 0) < plan.Processes * plan.Nodes && clock.Elapsed < EndingTime)
            Thread.Sleep(50);
    }

    Store OpenStore(bool isServer)
    {
        try
        {
            return Store.Tcp(plan.MasterAddress, plan.MasterPort, isServer, isServer ? plan.Timeout : StoreTime);
        }
        catch (TorchException error) when (isServer)
        {
            throw new DistributedException(
                $"Cannot keep the store at {plan.MasterAddress}:{plan.MasterPort}: is that this machine, and the port free? "
                + error.Message, error);
        }
    }
}
