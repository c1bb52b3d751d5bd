using System.Text.Json;

namespace Paa.Training.Distributed;

/// <summary>Why a job of several processes ends.</summary>
/// <param name="Rank">The process that failed; -1 if it is not one of them.</param>
/// <param name="Host">Its machine.</param>
/// <param name="Cause">What happened, a sentence.</param>
/// <param name="Reporter">The rank that tells it; negative for a launcher. Everybody else is silent, so that there is one message.</param>
public sealed record Failure(int Rank, string Host, string Cause, int Reporter)
{
    /// <summary><c>rank 3 on node-b: Iteration 12: ...</c></summary>
    public override string ToString() => Rank < 0 ? $"{Host}: {Cause}" : $"rank {Rank} on {Host}: {Cause}";

    internal string ToJson() => JsonSerializer.Serialize(this);

    internal static Failure FromJson(string text) => JsonSerializer.Deserialize<Failure>(text)!;
}
