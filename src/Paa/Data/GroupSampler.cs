namespace Paa.Data;

/// <summary>Random batches of images that are all wider than high, or all not: little is lost to padding.</summary>
/// <remarks>
/// MMDetection's <c>GroupSampler</c>: each group is shuffled and filled up to whole batches with random images of its own, then
/// the batches of both groups are shuffled. Only the random numbers differ: they depend on seed and epoch alone.
/// </remarks>
public sealed class GroupSampler : BatchSampler
{
    readonly AspectGroups _groups;
    readonly int _batchSize;
    readonly long _seed;

    /// <param name="images">Images of the data set.</param>
    /// <param name="selected">Those to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="seed">Seed of the run.</param>
    public GroupSampler(IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected, int batchSize, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _groups = new AspectGroups(images, selected);
        (_batchSize, _seed) = (batchSize, seed);
        BatchCount = _groups.BatchCount(batchSize);
    }

    /// <inheritdoc/>
    public override int BatchCount { get; }

    /// <inheritdoc/>
    public override int[][] Batches(int epoch)
    {
        var random = new SampleRandom(_seed, epoch, index: -1);
        return _groups.Batches(_batchSize, multiple: 1, random, (group, _, _) => group[random.NextInt(group.Length)]);
    }

    /// <summary>The next images of the same group, from the start again after its end; then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => _groups.Replacements(image);
}
