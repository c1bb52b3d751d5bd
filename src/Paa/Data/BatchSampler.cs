namespace Paa.Data;

/// <summary>One of several equal parts of the data, for one process.</summary>
/// <param name="Index">Index of the part, from 0.</param>
/// <param name="Count">Number of parts.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>Everything.</summary>
    public static Shard Whole { get; } = new(0, 1);
}

/// <summary>Decides which images form the batches of an epoch, and in which order.</summary>
abstract class BatchSampler
{
    /// <summary>Number of batches per epoch.</summary>
    public abstract int BatchCount { get; }

    /// <summary>
    /// The batches of an epoch, as indices into <see cref="CocoDataset.Images"/>; the same epoch always gives the same batches.
    /// </summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public abstract int[][] Batches(int epoch);

    /// <summary>Images to try in place of one that cannot be read, in order; empty if it is to be left out.</summary>
    /// <param name="image">Index into <see cref="CocoDataset.Images"/>.</param>
    public abstract IEnumerable<int> Replacements(int image);
}

/// <summary>All images once, in the order of the data set; the last batch may be smaller. For evaluation.</summary>
/// <param name="imageCount">Number of images in the data set.</param>
/// <param name="batchSize">Images per batch.</param>
/// <param name="times">How many times each batch is repeated in a row.</param>
/// <param name="shard">
/// The part of the batches; null for all. Batches are dealt out one by one, so that all parts take about as long.
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
