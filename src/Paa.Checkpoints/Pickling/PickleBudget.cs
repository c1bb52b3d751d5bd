namespace Paa.Checkpoints.Pickling;

/// <summary>Bounds the work and memory a pickle may ask for, whatever its length.</summary>
/// <remarks>
/// The checkpoint of a detector, with 34 instructions a tensor, takes some ten thousands of instructions; the limit keeps a
/// hostile file below some hundred megabytes and a second or two. A text may be hashed or copied often, by its number in the
/// memo: all together about once.
/// </remarks>
/// <param name="length">Length of the file in bytes.</param>
sealed class PickleBudget(long length)
{
    /// <summary>Instructions that one file may have.</summary>
    public const long Limit = 4_000_000;

    const long FreeBytes = 64 << 20;

    long _bytes;

    /// <summary>Instructions met so far.</summary>
    public long Spent { get; private set; }

    /// <summary>Counts an instruction.</summary>
    /// <exception cref="CheckpointException">There are too many.</exception>
    public void SpendInstruction()
    {
        if (++Spent > Limit)
            throw new CheckpointException($"describes more than {Limit} objects; this is no checkpoint of a detector.");
    }

    /// <summary>Counts a key that is hashed or a text that is copied.</summary>
    /// <exception cref="CheckpointException">It was more than the file holds and <see cref="FreeBytes"/> together.</exception>
    public void SpendBytes(long count)
    {
        _bytes += count;
        if (_bytes > FreeBytes + length) throw new CheckpointException("copies its texts again and again; it is no checkpoint.");
    }
}
