namespace Paa.Benchmarks.Running;

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
