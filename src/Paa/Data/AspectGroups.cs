namespace Paa.Data;

/// <summary>Images by aspect, the not wide and the wide, in the order given: batches are of one group, so that little is lost to padding.</summary>
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
    /// <param name="filler">Chooses an image that fills a group up, from the group, the shuffled group, and the number of images before it.</param>
    public int[][] Batches(int batchSize, int multiple, SampleRandom random, Func<int[], int[], int, int> filler)
    {
        var batches = new List<int[]>(BatchCount(batchSize, multiple));
        foreach (var group in _groups)
        {
            var shuffled = group.AsSpan().ToArray();
            random.Shuffle<int>(shuffled);
            var unit = batchSize * multiple;
            var missing = (unit - shuffled.Length % unit) % unit;
            batches.AddRange(shuffled.Concat(Enumerable.Range(0, missing).Select(i => filler(group, shuffled, i))).Chunk(batchSize));
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
