namespace Paa.Data;

/// <summary>All images once, in the order of the data set; the last batch may be smaller. For evaluation.</summary>
/// <param name="imageCount">Images of the data set.</param>
/// <param name="batchSize">Images in a batch.</param>
/// <param name="times">How often each batch comes, one after the other.</param>
public sealed class SequentialSampler(int imageCount, int batchSize = 1, int times = 1) : BatchSampler
{
    /// <inheritdoc/>
    public override int BatchCount => (imageCount + batchSize - 1) / batchSize * times;

    /// <inheritdoc/>
    public override int[][] Batches(int epoch) =>
        [.. Enumerable.Range(0, imageCount).Chunk(batchSize).SelectMany(batch => Enumerable.Repeat(batch, times))];

    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => [];
}
