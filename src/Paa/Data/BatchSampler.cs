namespace Paa.Data;

/// <summary>Decides which images form the batches of an epoch, and in which order.</summary>
public abstract class BatchSampler
{
    /// <summary>Batches of every epoch.</summary>
    public abstract int BatchCount { get; }

    /// <summary>The batches of an epoch, as indices into <see cref="CocoDataset.Images"/>; always the same for the same epoch.</summary>
    /// <param name="epoch">Counts from 0.</param>
    public abstract int[][] Batches(int epoch);

    /// <summary>What to try in place of an image that cannot be read, in order; empty: do without.</summary>
    /// <param name="image">Index into <see cref="CocoDataset.Images"/>.</param>
    public abstract IEnumerable<int> Replacements(int image);
}
