namespace Paa.Data;

/// <summary>The batches of one process among several: all processes together go through every image once an epoch.</summary>
/// <remarks>
/// MMDetection's <c>DistributedGroupSampler</c>: each group is shuffled and filled up from its own start until every process has
/// equally many whole batches of it, then the batches of both groups are shuffled and dealt out. There each process gets one
/// stretch of them, here they are dealt one by one, which is as random, and lets a run go on with another number of processes
/// where it stands. Without filling, the batches are those of <see cref="GroupSampler"/>.
/// </remarks>
public sealed class DistributedGroupSampler : BatchSampler
{
    readonly AspectGroups _groups;
    readonly int _batchSize;
    readonly long _seed;
    readonly Shard _shard;

    /// <param name="images">Images of the data set.</param>
    /// <param name="selected">Those to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="batchSize">Images in a batch of one process.</param>
    /// <param name="seed">Seed of the run, the same for all processes.</param>
    /// <param name="shard">Which process of how many.</param>
    public DistributedGroupSampler(
        IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected, int batchSize, long seed, Shard shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _groups = new AspectGroups(images, selected);
        (_batchSize, _seed, _shard) = (batchSize, seed, shard);
        BatchCount = _groups.BatchCount(batchSize, shard.Count) / shard.Count;
    }

    /// <inheritdoc/>
    public override int BatchCount { get; }

    /// <inheritdoc/>
    public override int[][] Batches(int epoch)
    {
        var random = new SampleRandom(_seed, epoch, index: -1);
        var all = _groups.Batches(_batchSize, _shard.Count, random, (_, shuffled, i) => shuffled[i % shuffled.Length]);
        return [.. all.Where((_, number) => number % _shard.Count == _shard.Index)];
    }

    /// <summary>The next images of the same group, from the start again after its end; then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => _groups.Replacements(image);
}
