namespace Paa.Training;

/// <summary>The place of a batch among those whose gradients make one update (MMDetection's <c>cumulative_iters</c>).</summary>
/// <param name="Index">Counts from 0.</param>
/// <param name="Count">Batches of the update; each loss is divided by it.</param>
readonly record struct Accumulation(int Index, int Count)
{
    /// <summary>A batch that makes an update alone.</summary>
    public static Accumulation None => new(0, 1);

    /// <summary>Whether the gradients of the update before are to be forgotten.</summary>
    public bool IsFirst => Index == 0;

    /// <summary>Whether the weights change after this batch.</summary>
    public bool IsLast => Index == Count - 1;

    /// <summary>
    /// The place of a batch of an epoch. Updates do not reach across epochs: the last one may have fewer batches.
    /// </summary>
    /// <param name="batch">Counts from 0 in the epoch.</param>
    /// <param name="batchCount">Batches of the epoch.</param>
    /// <param name="iterations">Batches of an update.</param>
    public static Accumulation Of(int batch, int batchCount, int iterations)
    {
        var first = batch / iterations * iterations;
        return new Accumulation(batch - first, Math.Min(iterations, batchCount - first));
    }
}
