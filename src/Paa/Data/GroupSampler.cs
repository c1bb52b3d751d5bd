namespace Paa.Data;

/// <summary>Random batches of images that are all wider than high, or all not: little is lost to padding.</summary>
/// <remarks>
/// MMDetection's <c>GroupSampler</c>: each group is shuffled and filled up to whole batches with random images of its own, then
/// the batches of both groups are shuffled. Only the random numbers differ: they depend on seed and epoch alone.
/// </remarks>
public sealed class GroupSampler : BatchSampler
{
    readonly int[][] _groups;       // the not wide, the wide
    readonly int _batchSize;
    readonly long _seed;

    /// <param name="images">Images of the data set.</param>
    /// <param name="selected">Those to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="seed">Seed of the run.</param>
    public GroupSampler(IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected, int batchSize, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _groups = [[.. selected.Where(i => !images[i].IsWide)], [.. selected.Where(i => images[i].IsWide)]];
        (_batchSize, _seed) = (batchSize, seed);
        BatchCount = _groups.Sum(group => (group.Length + batchSize - 1) / batchSize);
    }

    /// <inheritdoc/>
    public override int BatchCount { get; }

    /// <inheritdoc/>
    public override int[][] Batches(int epoch)
    {
        var random = new SampleRandom(_seed, epoch, index: -1);
        var batches = new List<int[]>(BatchCount);
        foreach (var group in _groups)
        {
            var shuffled = group.AsSpan().ToArray();
            random.Shuffle<int>(shuffled);
            var missing = (_batchSize - shuffled.Length % _batchSize) % _batchSize;
            batches.AddRange(shuffled.Concat(Enumerable.Range(0, missing).Select(_ => group[random.NextInt(group.Length)])).Chunk(_batchSize));
        }
        int[][] order = [.. batches];
        random.Shuffle<int[]>(order);
        return order;
    }

    /// <summary>The next images of the same group, from the start again after its end; then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image)
    {
        var own = Array.BinarySearch(_groups[1], image) >= 0 ? 1 : 0;
        var place = Array.BinarySearch(_groups[own], image);
        return [.. _groups[own].Skip(place + 1), .. _groups[own].Take(place), .. _groups[1 - own]];
    }
}
