namespace Paa.Data;

/// <summary>
/// Random batches in which either all images are wider than high or none is, so that little is lost to padding.
/// </summary>
/// <remarks>
/// MMDetection's <c>GroupSampler</c>: each group is shuffled and filled up to whole batches with random images of its own; then
/// the batches of both groups are shuffled. Only the random numbers differ: here they depend on seed and epoch alone.
/// </remarks>
sealed class GroupSampler : BatchSampler
{
    readonly AspectGroups _groups;
    readonly int _batchSize;
    readonly long _seed;

    /// <param name="images">All images of the data set.</param>
    /// <param name="selected">Images to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="batchSize">Images per batch.</param>
    /// <param name="seed">Seed of the run.</param>
    public GroupSampler(IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected, int batchSize, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _groups = new AspectGroups(selected, image => images[image].IsWide);
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

    /// <summary>The next images of the same group, wrapping around at its end, then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => _groups.Replacements(image);
}

/// <summary>The batches of one of several processes; together the processes visit every image once per epoch.</summary>
/// <remarks>
/// MMDetection's <c>DistributedGroupSampler</c>: each group is shuffled and filled up from its own start until every process has
/// the same number of whole batches of it; then the batches of both groups are shuffled and divided among the processes.
/// MMDetection gives each process a contiguous part. Here batches are dealt out one by one, which is as random and lets a run
/// continue with another number of processes. Without filling, the batches are those of <see cref="GroupSampler"/>.
/// </remarks>
sealed class DistributedGroupSampler : BatchSampler
{
    readonly AspectGroups _groups;
    readonly int _batchSize;
    readonly long _seed;
    readonly Shard _shard;

    /// <param name="images">All images of the data set.</param>
    /// <param name="selected">Images to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="batchSize">Images per batch of one process.</param>
    /// <param name="seed">Seed of the run, the same for all processes.</param>
    /// <param name="shard">Index of this process and number of processes.</param>
    public DistributedGroupSampler(
        IReadOnlyList<CocoImage> images, IReadOnlyList<int> selected, int batchSize, long seed, Shard shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        _groups = new AspectGroups(selected, image => images[image].IsWide);
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

    /// <summary>The next images of the same group, wrapping around at its end, then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => _groups.Replacements(image);
}

/// <summary>
/// Images in two groups by aspect ratio, in the given order. A batch comes from one group, so that little is lost to padding.
/// </summary>
sealed class AspectGroups
{
    readonly int[][] _groups;

    /// <param name="selected">Images to train on, ascending.</param>
    /// <param name="isSecond">Whether an image belongs to the second group.</param>
    public AspectGroups(IReadOnlyList<int> selected, Func<int, bool> isSecond) =>
        _groups = [[.. selected.Where(i => !isSecond(i))], [.. selected.Where(isSecond)]];

    /// <summary>Number of batches of both groups, each rounded up to a multiple of <paramref name="multiple"/>.</summary>
    public int BatchCount(int batchSize, int multiple = 1) =>
        _groups.Sum(group => (group.Length + batchSize * multiple - 1) / (batchSize * multiple) * multiple);

    /// <summary>Shuffles each group, fills it up to whole batches, and shuffles the batches.</summary>
    /// <param name="batchSize">Images per batch.</param>
    /// <param name="multiple">The number of batches of each group is a multiple of this.</param>
    /// <param name="random">Decides the order.</param>
    /// <param name="filler">
    /// Chooses an image to fill up a group, given the group, the shuffled group, and the number of images before it.
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

    /// <summary>The next images of the same group, wrapping around at its end, then those of the other group.</summary>
    public IEnumerable<int> Replacements(int image)
    {
        var own = Array.BinarySearch(_groups[1], image) >= 0 ? 1 : 0;
        var place = Array.BinarySearch(_groups[own], image);
        return [.. _groups[own].Skip(place + 1), .. _groups[own].Take(place), .. _groups[1 - own]];
    }
}
