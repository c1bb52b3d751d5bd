namespace Paa.Data;

/// <summary>All images once, in the order of the data set; the last batch may be smaller. For evaluation.</summary>
/// <param name="imageCount">Images of the data set.</param>
/// <param name="batchSize">Images in a batch.</param>
/// <param name="times">How often each batch comes, one after the other.</param>
/// <param name="shard">Which of the batches; null: all. They are dealt out one by one, so that all parts take about as long.</param>
public sealed class SequentialSampler(int imageCount, int batchSize = 1, int times = 1, Shard? shard = null) : BatchSampler
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
