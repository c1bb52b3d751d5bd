using System.Diagnostics;
using System.Text.Json;
using Paa.Reports;

namespace Paa.Benchmarks.Works;

/// <summary>Times one kind of work in this process.</summary>
/// <remarks>
/// With <c>paced=1</c> it speaks the protocol of a race: a line when it is ready, a line for every round that the other side asks
/// for with a line, and a last one when the input ends. Without, it runs <c>rounds</c> of them and sums them up in one line.
/// <c>benchmarks/peers/peer.py</c> does the same.
/// </remarks>
static class Worker
{
    static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(1), LeastRound = TimeSpan.FromMilliseconds(20);

    /// <summary>Runs one kind.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string kind, WorkSettings settings)
    {
        IWork work;
        try
        {
            work = WorkCatalogue.Create(kind, settings);
        }
        catch (UnavailableException error)
        {
            Print(new WorkerLine { Missing = error.Message });
            return 0;
        }
        using (work)
        {
            var start = Stopwatch.GetTimestamp();
            do work.Run();
            while (Stopwatch.GetElapsedTime(start) < WarmUp);       // short work: until the compiler has done its best, too
            if (settings.IsOn("paced")) RunPaced(work);
            else RunAlone(work, settings.Int("rounds", 5));
        }
        return 0;
    }

    static void RunPaced(IWork work)
    {
        Print(new WorkerLine());
        while (Console.In.ReadLine() is not null) Print(Round(work));
        Print(new WorkerLine { Answer = work.Answer, PeakMb = PeakMb });
    }

    static void RunAlone(IWork work, int rounds)
    {
        var cpuTimes = new double[rounds];
        var lines = new WorkerLine[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var start = Environment.CpuUsage.TotalTime;
            lines[i] = Round(work);
            cpuTimes[i] = (Environment.CpuUsage.TotalTime - start).TotalMilliseconds;
        }
        var times = new RoundTimes([.. lines.Select(line => line.Milliseconds!.Value)]);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            median_ms = Math.Round(times.Median, 3),
            min_ms = Math.Round(times.Min, 3),
            max_ms = Math.Round(times.Max, 3),
            cpu_ms = Math.Round(cpuTimes.Min(), 3),                 // of the cheapest round: says most where others compute, too
            rounds,
            allocated_bytes = lines[^1].AllocatedBytes,
            answer = work.Answer,
            peak_rss_mb = PeakMb,
        }));
    }

    /// <summary>One round: the work, as often as it takes for the clock to be exact.</summary>
    static WorkerLine Round(IWork work)
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var (start, count) = (Stopwatch.GetTimestamp(), 0);
        TimeSpan elapsed;
        do
        {
            work.Run();
            count++;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < LeastRound);
        return new WorkerLine
        {
            Milliseconds = elapsed.TotalMilliseconds / count,
            AllocatedBytes = (GC.GetTotalAllocatedBytes() - allocated) / count,
        };
    }

    static long PeakMb => Process.GetCurrentProcess().PeakWorkingSet64 >> 20;

    static void Print(WorkerLine line) => Console.WriteLine(Json.Text(line, Json.Line));
}

/// <summary>What a worker says in one line; which fields it has depends on the moment.</summary>
sealed record WorkerLine
{
    /// <summary>Why it cannot do this work.</summary>
    public string? Missing { get; init; }

    /// <summary>When ready: who does it, if the name depends on what is installed.</summary>
    public string? Name { get; init; }

    /// <summary>At the end: what came out.</summary>
    public double? Answer { get; init; }

    /// <summary>After a round: its time.</summary>
    public double? Milliseconds { get; init; }

    /// <summary>After a round: managed memory that was allocated.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>At the end: the most memory the process had, in MiB.</summary>
    public long? PeakMb { get; init; }
}

/// <summary>Times of equal rounds.</summary>
/// <param name="times">In the order in which they were taken; at least one.</param>
sealed class RoundTimes(IReadOnlyList<double> times)
{
    readonly double[] _sorted = [.. times.Order()];

    /// <summary>Number of rounds.</summary>
    public int Count => _sorted.Length;

    /// <summary>The shortest.</summary>
    public double Min => _sorted[0];

    /// <summary>The longest.</summary>
    public double Max => _sorted[^1];

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public double Median => (_sorted[(Count - 1) / 2] + _sorted[Count / 2]) / 2;
}
