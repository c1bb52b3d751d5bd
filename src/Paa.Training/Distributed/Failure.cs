using System.Diagnostics;
using System.Text.Json;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>Why a job of several processes ends.</summary>
/// <param name="Rank">The process that failed; -1 if it is not one of them.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Cause">What happened, a sentence.</param>
/// <param name="Reporter">The rank that prints it; negative for a launcher. All others are silent, so that there is one message.</param>
public sealed record Failure(int Rank, string Host, string Cause, int Reporter)
{
    /// <summary><c>rank 3 on node-b: Iteration 12: ...</c></summary>
    public override string ToString() => Rank < 0 ? $"{Host}: {Cause}" : $"rank {Rank} on {Host}: {Cause}";

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static Failure FromJson(string text) => JsonSerializer.Deserialize<Failure>(text)!;
}

/// <summary>The place in the store where the first failure of a job is written for all processes to see.</summary>
/// <param name="store">A connection of the calling thread. Borrowed.</param>
public sealed class FailureBoard(Store store)
{
    const string ClaimsKey = "failure/claims";
    const string TextKey = "failure/text";
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The part of a job's store that its processes and its launcher use.</summary>
    /// <param name="store">The whole store. Borrowed.</param>
    /// <param name="attempt">See <see cref="Placement.Attempt"/>.</param>
    public static Store PartOf(Store store, int attempt) => store.Below($"paa/{attempt}");

    /// <summary>Writes a failure; only the first one counts.</summary>
    /// <returns>Whether this one is the first. The caller then has to print it.</returns>
    public bool TryReport(Failure failure)
    {
        if (store.Add(ClaimsKey, 1) != 1) return false;
        store.Set(TextKey, failure.ToJson());
        return true;
    }

    /// <summary>The failure; null while there is none.</summary>
    public Failure? Read() => store.Has(TextKey) ? Failure.FromJson(store.Get(TextKey, TimeSpan.FromSeconds(1))) : null;

    /// <summary>The failure, after a wait of at most <paramref name="patience"/>; null if there is none by then.</summary>
    public Failure? Await(TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (Read() is { } failure) return failure;
            if (clock.Elapsed > patience) return null;
            Thread.Sleep(PollInterval);
        }
    }
}

/// <summary>Several processes cannot work together: their environment is wrong, or one of them is missing or failed.</summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The error below it, if any.</param>
public sealed class DistributedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process failed, and its message is printed already.</summary>
/// <param name="failure">What happened there.</param>
public sealed class PeerFailureException(Failure failure) : Exception($"The job ends because of {failure}")
{
    /// <summary>What happened there.</summary>
    public Failure Failure => failure;
}

/// <summary>Tells errors of the connection between processes from others. libtorch throws one type for all, so the words decide.</summary>
static class CommunicationError
{
    static readonly string[] Words =
        ["gloo", "NCCL", "ProcessGroup", "timed out", "timeout", "connection", "broken pipe", "socket", "monitoredBarrier", "failed to recv"];

    /// <summary>Whether an error came from another process's silence rather than from this one's work.</summary>
    public static bool Is(Exception error) => error is TorchException
        && Array.Exists(Words, word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
