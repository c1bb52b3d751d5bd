namespace Paa.Torch.Checkpoints.Pickling;

/// <summary>Bounds the work and memory a pickle may ask for, whatever its length.</summary>
/// <remarks>
/// Each instruction costs one unit; copying and hashing cost one unit for 16 bytes. The checkpoint of a detector, with 34
/// instructions a tensor, takes some ten thousands; the limit keeps a hostile file below some hundred megabytes and a second or two.
/// </remarks>
sealed class PickleBudget
{
    /// <summary>Units that one file may spend.</summary>
    public const long Limit = 4_000_000;

    /// <summary>Units spent so far.</summary>
    public long Spent { get; private set; }

    /// <summary>Spends units.</summary>
    /// <exception cref="CheckpointException">The limit is passed.</exception>
    public void Spend(long units)
    {
        Spent += units;
        if (Spent > Limit)
            throw new CheckpointException($"describes more than {Limit} objects; this is no checkpoint of a detector.");
    }

    /// <summary>Spends what it costs to hash a key or to copy a text of this length.</summary>
    public void SpendBytes(long length) => Spend(1 + length / 16);
}
