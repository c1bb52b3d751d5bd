namespace Paa.Cli.Distributed;

/// <summary>What <c>paa launch</c> starts on this machine.</summary>
sealed record LaunchPlan
{
    /// <summary>Processes on each machine.</summary>
    public required int Processes { get; init; }

    /// <summary>Machines.</summary>
    public required int Nodes { get; init; }

    /// <summary>Number of this machine, from 0.</summary>
    public required int NodeRank { get; init; }

    /// <summary>Command and arguments.</summary>
    public required string[] Arguments { get; init; }

    /// <summary>Where each process's output goes.</summary>
    public required string LogFolder { get; init; }

    /// <summary>The longest wait for another process.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Machine 0, which keeps the store.</summary>
    public string MasterAddress { get; init; } = "";

    /// <summary>Its port; 0: a free one.</summary>
    public int MasterPort { get; init; }

    /// <summary>Rank of a process of this machine.</summary>
    public int Rank(int localRank) => NodeRank * Processes + localRank;

    /// <summary>Whether a rank is one of this machine.</summary>
    public bool IsHere(int rank) => rank >= Rank(0) && rank < Rank(Processes);
}
