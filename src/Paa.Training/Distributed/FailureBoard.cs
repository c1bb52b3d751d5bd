using System.Diagnostics;
using Paa.Torch.Distributed;

namespace Paa.Training.Distributed;

/// <summary>Where the first failure of a job is written, for everybody to see.</summary>
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
    /// <returns>Whether this one is it, so that the caller has to tell it.</returns>
    public bool TryReport(Failure failure)
    {
        if (store.Add(ClaimsKey, 1) != 1) return false;
        store.Set(TextKey, failure.ToJson());
        return true;
    }

    /// <summary>The failure; null while there is none.</summary>
    public Failure? Read() => store.Has(TextKey) ? Failure.FromJson(store.Get(TextKey, TimeSpan.FromSeconds(1))) : null;

    /// <summary>The failure, waiting a while for it to be written.</summary>
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
