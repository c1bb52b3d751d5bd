namespace Paa.Training;

/// <summary>The place of a batch among those whose gradients form one update (MMDetection's <c>cumulative_iters</c>).</summary>
/// <param name="Index">Index of the batch in the update, from 0.</param>
/// <param name="Count">Number of batches in the update; each loss is divided by it.</param>
readonly record struct Accumulation(int Index, int Count)
{
    /// <summary>A batch that forms an update alone.</summary>
    public static Accumulation None => new(0, 1);

    /// <summary>Whether the gradients of the previous update must be cleared.</summary>
    public bool IsFirst => Index == 0;

    /// <summary>Whether the weights change after this batch.</summary>
    public bool IsLast => Index == Count - 1;

    /// <summary>
    /// The place of a batch of an epoch. An update does not span two epochs: the last one may have fewer batches.
    /// </summary>
    /// <param name="batch">Index of the batch in the epoch, from 0.</param>
    /// <param name="batchCount">Number of batches in the epoch.</param>
    /// <param name="iterations">Number of batches per update.</param>
    public static Accumulation Of(int batch, int batchCount, int iterations)
    {
        var first = batch / iterations * iterations;
        return new Accumulation(batch - first, Math.Min(iterations, batchCount - first));
    }
}
