namespace Paa.Data;

/// <summary>Random batches of images that are all wider than high, or all not: little is lost to padding.</summary>
/// <remarks>
/// MMDetection's <c>GroupSampler</c>: each group is shuffled and filled up to whole batches with random images of its own, then
/// the batches of both groups are shuffled. Only the random numbers differ: they depend on seed and epoch alone.
/// </remarks>
sealed class GroupSampler : BatchSampler
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

/// <summary>The batches of one process among several: all processes together go through every image once an epoch.</summary>
/// <remarks>
/// MMDetection's <c>DistributedGroupSampler</c>: each group is shuffled and filled up from its own start until every process has
/// equally many whole batches of it, then the batches of both groups are shuffled and dealt out. There each process gets one
/// stretch of them, here they are dealt one by one, which is as random, and lets a run go on with another number of processes
/// where it stands. Without filling, the batches are those of <see cref="GroupSampler"/>.
/// </remarks>
sealed class DistributedGroupSampler : BatchSampler
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

/// <summary>
/// Images by aspect, the not wide and the wide, in the order given: batches are of one group, so that little is lost to padding.
/// </summary>
sealed class AspectGroups
{
    readonly int[][] _groups;

    /// <param name="images">Images of the data set.</param>
    /// <param name="selected">Those to train on, ascending.</param>
    public AspectGroups(IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected) =>
        _groups = [[.. selected.Where(i => !images[i].IsWide)], [.. selected.Where(i => images[i].IsWide)]];

    /// <summary>Batches that the groups fill, each rounded up to a multiple of some number.</summary>
    public int BatchCount(int batchSize, int multiple = 1) =>
        _groups.Sum(group => (group.Length + batchSize * multiple - 1) / (batchSize * multiple) * multiple);

    /// <summary>Shuffles each group, fills it up to whole batches, and shuffles the batches.</summary>
    /// <param name="batchSize">Images in a batch.</param>
    /// <param name="multiple">The batches of a group are a multiple of this.</param>
    /// <param name="random">Decides the order.</param>
    /// <param name="filler">
    /// Chooses an image that fills a group up, from the group, the shuffled group, and the number of images before it.
    /// </param>
    public int[][] Batches(int batchSize, int multiple, SampleRandom random, Func<int[], int[], int, int> filler)
    {
        var batches = new List<int[]>(BatchCount(batchSize, multiple));
        foreach (var group in _groups)
        {
            var shuffled = group.AsSpan().ToArray();
            random.Shuffle<int>(shuffled);
            var unit = batchSize * multiple;
            var missing = (unit - shuffled.Length % unit) % unit;
            var fillers = Enumerable.Range(0, missing).Select(i => filler(group, shuffled, i));
            batches.AddRange(shuffled.Concat(fillers).Chunk(batchSize));
        }
        int[][] order = [.. batches];
        random.Shuffle<int[]>(order);
        return order;
    }

    /// <summary>The next images of the same group, from the start again after its end; then those of the other group.</summary>
    public IEnumerable<int> Replacements(int image)
    {
        var own = Array.BinarySearch(_groups[1], image) >= 0 ? 1 : 0;
        var place = Array.BinarySearch(_groups[own], image);
        return [.. _groups[own].Skip(place + 1), .. _groups[own].Take(place), .. _groups[1 - own]];
    }
}
