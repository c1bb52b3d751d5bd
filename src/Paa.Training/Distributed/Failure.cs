using System.Diagnostics;
using System.Text.Json;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>The failure that ends a job of several processes.</summary>
/// <param name="Rank">The process that failed; -1 if it is not one of them.</param>
/// <param name="Host">Name of its machine.</param>
/// <param name="Cause">What happened, in one sentence.</param>
/// <param name="Reporter">
/// The rank that prints the message; negative for a launcher. All others are silent, so that there is only one message.
/// </param>
public sealed record Failure(int Rank, string Host, string Cause, int Reporter)
{
    /// <summary>One line such as <c>rank 3 on node-b: Iteration 12: ...</c></summary>
    public override string ToString() => Rank < 0 ? $"{Host}: {Cause}" : $"rank {Rank} on {Host}: {Cause}";

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static Failure FromJson(string text) => JsonSerializer.Deserialize<Failure>(text)!;
}

/// <summary>The place in the store for the first failure of a job, visible to all processes.</summary>
/// <param name="store">A connection of the calling thread. Borrowed.</param>
public sealed class FailureBoard(Store store)
{
    const string ClaimsKey = "failure/claims";
    const string TextKey = "failure/text";
    static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>The part of the store that a job's processes and its launcher use.</summary>
    /// <param name="store">The whole store. Borrowed.</param>
    /// <param name="attempt">The attempt; see <see cref="Placement.Attempt"/>.</param>
    public static Store PartOf(Store store, int attempt) => store.Below($"paa/{attempt}");

    /// <summary>Writes a failure; only the first one is kept.</summary>
    /// <returns>Whether this is the first one. If so, the caller must print it.</returns>
    public bool TryReport(Failure failure)
    {
        if (store.Add(ClaimsKey, 1) != 1) return false;
        store.Set(TextKey, failure.ToJson());
        return true;
    }

    /// <summary>The failure; null while there is none.</summary>
    public Failure? Read() => store.Has(TextKey) ? Failure.FromJson(store.Get(TextKey, TimeSpan.FromSeconds(1))) : null;

    /// <summary>Waits for a failure, at most for <paramref name="patience"/>; null if there is none by then.</summary>
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

/// <summary>
/// Several processes cannot work together: their environment is wrong, or one of them is missing or has failed.
/// </summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The underlying error, if any.</param>
public sealed class DistributedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Another process has failed, and its message has already been printed.</summary>
/// <param name="failure">The failure of that process.</param>
public sealed class PeerFailureException(Failure failure) : Exception($"The job ends because of {failure}")
{
    /// <summary>The failure of that process.</summary>
    public Failure Failure => failure;
}

/// <summary>
/// Tells communication errors from others. libtorch throws a single type for all of them, so the wording decides.
/// </summary>
static class CommunicationError
{
    static readonly string[] Words =
    [
        "gloo", "NCCL", "ProcessGroup", "monitoredBarrier",
        "timed out", "timeout", "connection", "broken pipe", "socket", "failed to recv",
    ];

    /// <summary>Whether an error is due to another process's silence rather than to the work of this one.</summary>
    public static bool Is(Exception error) => error is TorchException
        && Array.Exists(Words, word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
