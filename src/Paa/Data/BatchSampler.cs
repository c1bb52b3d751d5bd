namespace Paa.Data;

/// <summary>Which of how many equal parts of the data a process works on.</summary>
/// <param name="Index">Number of the part, from 0.</param>
/// <param name="Count">How many parts there are.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>Everything.</summary>
    public static Shard Whole { get; } = new(0, 1);
}

/// <summary>Decides which images form the batches of an epoch, and in which order.</summary>
abstract class BatchSampler
{
    /// <summary>Batches of every epoch.</summary>
    public abstract int BatchCount { get; }

    /// <summary>
    /// The batches of an epoch, as indices into <see cref="CocoDataset.Images"/>; always the same for the same epoch.
    /// </summary>
    /// <param name="epoch">Counts from 0.</param>
    public abstract int[][] Batches(int epoch);

    /// <summary>What to try in place of an image that cannot be read, in order; empty: do without.</summary>
    /// <param name="image">Index into <see cref="CocoDataset.Images"/>.</param>
    public abstract IEnumerable<int> Replacements(int image);
}

/// <summary>All images once, in the order of the data set; the last batch may be smaller. For evaluation.</summary>
/// <param name="imageCount">Images of the data set.</param>
/// <param name="batchSize">Images in a batch.</param>
/// <param name="times">How often each batch comes, one after the other.</param>
/// <param name="shard">
/// Which of the batches; null: all. They are dealt out one by one, so that all parts take about as long.
/// </param>
sealed class SequentialSampler(int imageCount, int batchSize = 1, int times = 1, Shard? shard = null) : BatchSampler
{
    readonly Shard _shard = shard ?? Shard.Whole;

    /// <inheritdoc/>
    public override int BatchCount => Own.Count() * times;

    /// <inheritdoc/>
    public override int[][] Batches(int epoch) =>
        [.. Own.SelectMany(batch => Enumerable.Repeat(batch, times))];

    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => [];

    IEnumerable<int[]> Own =>
        Enumerable.Range(0, imageCount).Chunk(batchSize).Where((_, number) => number % _shard.Count == _shard.Index);
}
