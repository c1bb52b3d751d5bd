using System.Globalization;
using System.Text.RegularExpressions;

namespace Paa.Training.Distributed;

/// <summary>The place of this process among those of a job, and where they meet.</summary>
/// <param name="Rank">Index of this process, from 0.</param>
/// <param name="Size">Number of processes.</param>
/// <param name="LocalRank">Index of this process on its machine, from 0; also its CUDA device.</param>
/// <param name="LocalSize">Number of processes on this machine.</param>
/// <param name="MasterAddress">Address of the store: the machine of rank 0.</param>
/// <param name="MasterPort">Port of the store.</param>
public sealed record Placement(int Rank, int Size, int LocalRank, int LocalSize, string MasterAddress, int MasterPort)
{
    /// <summary>PyTorch's default port.</summary>
    public const int DefaultPort = 29500;

    /// <summary>torchrun's name for "the launcher keeps the store".</summary>
    public const string LauncherStoreVariable = "TORCHELASTIC_USE_AGENT_STORE";

    const int LargestPort = 65535;

    /// <summary>Whether the launcher keeps the store, so that it outlives every process; otherwise rank 0 does.</summary>
    public bool IsStoreOfLauncher { get; init; }

    /// <summary>Number of restarts of the job by the launcher; each attempt has its own keys in the store.</summary>
    public int Attempt { get; init; }

    /// <summary>Whether this process keeps the store.</summary>
    public bool ServesStore => Rank == 0 && !IsStoreOfLauncher;

    /// <summary>Whether processes on other machines take part.</summary>
    public bool HasOtherMachines => LocalSize < Size;

    /// <summary>
    /// Reads the variables that a launcher set: torchrun, <c>paa launch</c> and Kubernetes' PyTorchJob (<c>RANK</c>,
    /// <c>WORLD_SIZE</c>, <c>LOCAL_RANK</c>, <c>LOCAL_WORLD_SIZE</c>, <c>MASTER_ADDR</c>, <c>MASTER_PORT</c>) or Slurm's srun.
    /// </summary>
    /// <param name="variable">Returns the value of an environment variable.</param>
    /// <returns>The placement; null for a process on its own.</returns>
    /// <exception cref="DistributedException">The variables contradict each other, or some are missing.</exception>
    public static Placement? FromEnvironment(Func<string, string?> variable)
    {
        string? Text(string name) => variable(name) is { Length: > 0 } text ? text : null;

        var placement = Text("RANK") is not null || Text("WORLD_SIZE") is not null ? FromTorchrun(Text) : FromSlurm(Text);
        return placement is { Size: > 1 } ? placement.Checked() : null;
    }

    static Placement FromTorchrun(Func<string, string?> variable)
    {
        foreach (var (present, missing) in (ReadOnlySpan<(string, string)>)[("RANK", "WORLD_SIZE"), ("WORLD_SIZE", "RANK")])
            if (variable(present) is not null && variable(missing) is null)
                throw new DistributedException(
                    $"{present} is set and {missing} is not: a launcher sets both; unset {present} to run one process.");

        var size = Number(variable, "WORLD_SIZE")!.Value;
        // PyTorchJob starts one process per pod and sets no local ranks.
        var localRank = Number(variable, "LOCAL_RANK") ?? 0;
        var localSize = Number(variable, "LOCAL_WORLD_SIZE") ?? (variable("LOCAL_RANK") is null ? 1 : Math.Max(localRank + 1, 1));
        return new Placement(Number(variable, "RANK")!.Value, size, localRank, localSize, Master(variable, size), Port(variable))
        {
            IsStoreOfLauncher = variable(LauncherStoreVariable) == "True",
            Attempt = Number(variable, "TORCHELASTIC_RESTART_COUNT") ?? 0,
        };
    }

    static string Master(Func<string, string?> variable, int size) =>
        variable("MASTER_ADDR") ?? (size <= 1 ? "localhost" : throw new DistributedException(
            $"WORLD_SIZE is {size} and MASTER_ADDR is not set: set it to the machine of rank 0, "
            + "or start with paa launch, torchrun or srun."));

    /// <summary>Reads the variables of a job step. A batch script has a rank, too, but is not a step.</summary>
    static Placement? FromSlurm(Func<string, string?> variable)
    {
        if (variable("SLURM_STEP_ID") is null || variable("SLURM_PROCID") is null) return null;
        var size = Number(variable, "SLURM_STEP_NUM_TASKS") ?? Number(variable, "SLURM_NTASKS") ?? 1;
        if (size == 1) return null;
        var nodes = variable("SLURM_STEP_NODELIST") ?? variable("SLURM_JOB_NODELIST")
            ?? throw new DistributedException(
                $"Slurm runs {size} tasks and neither SLURM_STEP_NODELIST nor SLURM_JOB_NODELIST is set.");
        var hosts = SlurmHosts.Expand(nodes);
        var localRank = Number(variable, "SLURM_LOCALID") ?? 0;
        var tasks = variable("SLURM_STEP_TASKS_PER_NODE") ?? variable("SLURM_TASKS_PER_NODE");
        var node = Number(variable, "SLURM_NODEID") ?? 0;
        var counts = tasks is null ? null : SlurmHosts.ExpandCounts(tasks);
        var localSize = counts is not null && node < counts.Count ? counts[node] : hosts.Count == 1 ? size : localRank + 1;
        return new Placement(Number(variable, "SLURM_PROCID")!.Value, size, localRank, localSize,
            variable("MASTER_ADDR") ?? hosts[0], Port(variable, Number(variable, "SLURM_JOB_ID")));
    }

    /// <summary>The port. Slurm sets none; one that depends on the job keeps two jobs on a machine apart.</summary>
    static int Port(Func<string, string?> variable, int? job = null)
    {
        const int PortsForJobs = 10_000;
        return Number(variable, "MASTER_PORT") ?? DefaultPort + (job ?? 0) % PortsForJobs;
    }

    static int? Number(Func<string, string?> variable, string name)
    {
        if (variable(name) is not { } text) return null;
        return int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DistributedException($"{name} is \"{text}\", expected an integer.");
    }

    Placement Checked()
    {
        Require(Rank >= 0 && Rank < Size, $"rank {Rank} is not in 0..{Size - 1} (world size {Size})");
        Require(LocalSize >= 1 && LocalSize <= Size, $"{LocalSize} processes on this machine do not fit {Size} in all");
        Require(LocalRank >= 0 && LocalRank < LocalSize, $"local rank {LocalRank} is not in 0..{LocalSize - 1}");
        Require(LocalRank <= Rank, $"local rank {LocalRank} is larger than rank {Rank}");
        Require(MasterPort is > 0 and <= LargestPort, $"port {MasterPort} is not in 1..{LargestPort}");
        return this;
    }

    static void Require(bool isRight, string wrong)
    {
        if (!isRight) throw new DistributedException($"The launcher's environment contradicts itself: {wrong}.");
    }
}

/// <summary>Expands Slurm's short forms: <c>gpu[01-03,7],login</c> for hosts and <c>8(x2),4</c> for tasks per host.</summary>
static partial class SlurmHosts
{
    const int MaxHosts = 100_000;   // a malformed list must not fill the memory

    /// <summary>The hosts of a list, in its order.</summary>
    /// <exception cref="DistributedException">The text is not such a list.</exception>
    public static IReadOnlyList<string> Expand(string list)
    {
        var hosts = new List<string>();
        var end = 0;
        foreach (Match match in HostPattern().Matches(list))
        {
            if (match.Index != end) break;
            end = match.Index + match.Length;
            Add(hosts, match.Groups["prefix"].Value, match.Groups["ranges"], match.Groups["suffix"].Value, list);
        }
        return end == list.Length && hosts.Count > 0 ? hosts : throw Wrong(list);
    }

    /// <summary>The number of tasks on each host.</summary>
    /// <exception cref="DistributedException">The text is not such a list.</exception>
    public static IReadOnlyList<int> ExpandCounts(string list)
    {
        var counts = new List<int>();
        foreach (var part in list.Split(','))
        {
            var match = CountPattern().Match(part);
            if (!match.Success) throw Wrong(list);
            var times = match.Groups["times"].Success ? Parse(match.Groups["times"].Value, list) : 1;
            if (counts.Count + times > MaxHosts) throw Wrong(list);
            counts.AddRange(Enumerable.Repeat(Parse(match.Groups["count"].Value, list), times));
        }
        return counts;
    }

    static void Add(List<string> hosts, string prefix, Group ranges, string suffix, string list)
    {
        if (!ranges.Success)
        {
            hosts.Add(prefix + suffix);
            return;
        }
        foreach (var range in ranges.Value.Split(','))
        {
            var ends = range.Split('-');
            var (first, last) = (Parse(ends[0], list), Parse(ends[^1], list));
            if (ends.Length > 2 || last < first || last - first >= MaxHosts) throw Wrong(list);
            for (var number = first; number <= last; number++)
                hosts.Add(prefix + number.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0') + suffix);
        }
    }

    static int Parse(string digits, string list) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(list);

    static DistributedException Wrong(string list) =>
        new($"\"{list}\" is no list of Slurm: expected a form like gpu[01-04,7] or 8(x2),4.");

    [GeneratedRegex(@"\G(?<prefix>[^\[\],]+)(?:\[(?<ranges>[^\[\]]+)\](?<suffix>[^\[\],]*))?(?:,(?=.)|$)")]
    private static partial Regex HostPattern();

    [GeneratedRegex(@"^(?<count>\d+)(?:\(x(?<times>\d+)\))?$")]
    private static partial Regex CountPattern();
}
