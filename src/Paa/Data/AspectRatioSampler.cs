using Paa.Options;

namespace Paa.Data;

/// <summary>Batches of images that are high, or of such that are not, in the order of an epoch.</summary>
/// <remarks>
/// MMDetection 3.x's <c>AspectRatioBatchSampler</c>: an image goes to the batch of its kind, and a full batch comes next. What is
/// left at the end makes mixed batches, of which the last may be smaller. Unlike in MMDetection, <c>drop_last</c> keeps a last
/// batch that happens to be full. Only the random numbers differ: here they depend on seed and epoch alone.
/// </remarks>
sealed class AspectRatioSampler : BatchSampler
{
    readonly IReadOnlyList<CocoImage> _images;
    readonly EpochOrder _order;
    readonly AspectGroups _groups;
    readonly DatasetOptions _options;
    readonly int _batchSize;
    readonly long _seed;
    readonly Shard _shard;

    /// <param name="dataset">The data set.</param>
    /// <param name="selected">Images to train on, ascending; see <see cref="CocoDataset.SelectTrainingImages"/>.</param>
    /// <param name="options">The sampler and what it does with the last batch.</param>
    /// <param name="batchSize">Images per batch of one process.</param>
    /// <param name="seed">Seed of the run, the same for all processes.</param>
    /// <param name="shard">Index of this process and number of processes.</param>
    /// <exception cref="DataException">No batch is left.</exception>
    public AspectRatioSampler(
        CocoDataset dataset, IReadOnlyList<int> selected, DatasetOptions options, int batchSize, long seed, Shard shard)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        (_images, _options, _batchSize, _seed, _shard) = (dataset.Images, options, batchSize, seed, shard);
        _groups = new AspectGroups(selected, IsLow);
        _order = options.Sampler == SamplerKind.ClassAware
            ? new ClassAwareOrder(dataset, selected, options.ImagesPerClass)
            : new ShuffledOrder(selected);
        var count = EpochOrder.Share(selected.Count, shard);
        BatchCount = (count + (options.DropsLast ? 0 : batchSize - 1)) / batchSize;
        if (BatchCount == 0)
            throw new DataException(string.Join(", ", dataset.AnnotationFiles),
                $"drop_last leaves no batch: a process has {count} images, a batch {batchSize} (samples_per_gpu).");
    }

    /// <inheritdoc/>
    public override int BatchCount { get; }

    /// <inheritdoc/>
    public override int[][] Batches(int epoch)
    {
        var batches = new List<int[]>(BatchCount);
        List<int> high = [], low = [];
        foreach (var image in _order.Of(new SampleRandom(_seed, epoch, index: -1), _shard))
        {
            var group = IsLow(image) ? low : high;
            group.Add(image);
            if (group.Count < _batchSize) continue;
            batches.Add([.. group]);
            group.Clear();
        }
        batches.AddRange(high.Concat(low).Chunk(_batchSize).Where(rest => !_options.DropsLast || rest.Length == _batchSize));
        return [.. batches];
    }

    /// <summary>The next images of the same group, wrapping around at its end, then those of the other group.</summary>
    /// <inheritdoc/>
    public override IEnumerable<int> Replacements(int image) => _groups.Replacements(image);

    /// <summary>Whether an image is at least as wide as high: squares are in the other group than with 2.x's sampler.</summary>
    bool IsLow(int image) => _images[image].Width >= _images[image].Height;
}

/// <summary>The images that an epoch visits in one process, in their order.</summary>
abstract class EpochOrder
{
    /// <summary>The images, as indices into <see cref="CocoDataset.Images"/>; as many in each process.</summary>
    /// <param name="random">Decides the order; the same in all processes.</param>
    /// <param name="shard">The process.</param>
    public abstract IEnumerable<int> Of(SampleRandom random, Shard shard);

    /// <summary>Number of images of a process: the same for all, so that some images come twice.</summary>
    public static int Share(int count, Shard shard) => (count + shard.Count - 1) / shard.Count;
}

/// <summary>Every image once, shuffled, dealt out to the processes: MMDetection 3.x's <c>DefaultSampler</c>.</summary>
/// <param name="selected">The images.</param>
sealed class ShuffledOrder(IReadOnlyList<int> selected) : EpochOrder
{
    /// <inheritdoc/>
    public override IEnumerable<int> Of(SampleRandom random, Shard shard)
    {
        int[] shuffled = [.. selected];
        random.Shuffle<int>(shuffled);
        return Enumerable.Range(0, Share(shuffled.Length, shard))
            .Select(i => shuffled[(i * shard.Count + shard.Index) % shuffled.Length]);
    }
}

/// <summary>Every class in turn, an image or several of each: MMDetection 3.x's <c>ClassAwareSampler</c>.</summary>
/// <remarks>
/// Classes are shuffled for each round, and the images of a class once all of them were visited, so an image of a rare class
/// comes often, and one of frequent classes only may not come at all. Crowds count as images of their class; images without boxes
/// do not come. Each process takes a part of the list in a row.
/// </remarks>
sealed class ClassAwareOrder : EpochOrder
{
    readonly int[][] _ofClass;          // images of each class that has any
    readonly int _count, _imagesPerClass;

    /// <param name="dataset">The data set.</param>
    /// <param name="selected">Images to train on.</param>
    /// <param name="imagesPerClass">Number of images taken of a class before the next.</param>
    /// <exception cref="DataException">No image has a usable box.</exception>
    public ClassAwareOrder(CocoDataset dataset, IReadOnlyList<int> selected, int imagesPerClass)
    {
        (_count, _imagesPerClass) = (selected.Count, imagesPerClass);
        var ofClass = dataset.Classes.Select(_ => new List<int>()).ToArray();
        foreach (var image in selected)
        {
            var usable = dataset.Annotations(image).ToArray().Where(annotation => annotation.IsUsable);
            foreach (var label in usable.Select(annotation => annotation.Label).Distinct()) ofClass[label].Add(image);
        }
        _ofClass = [.. ofClass.Where(images => images.Count > 0).Select(images => images.ToArray())];
        if (_ofClass.Length == 0)
            throw new DataException(string.Join(", ", dataset.AnnotationFiles), "sampler: class_aware needs usable boxes.");
    }

    /// <inheritdoc/>
    public override IEnumerable<int> Of(SampleRandom random, Shard shard)
    {
        var share = Share(_count, shard);
        return Endless(random).Take(share * shard.Count).Skip(share * shard.Index).Take(share);
    }

    IEnumerable<int> Endless(SampleRandom random)
    {
        var images = _ofClass.Select(ofClass => Cycle(ofClass, random).GetEnumerator()).ToArray();
        foreach (var label in Cycle([.. Enumerable.Range(0, images.Length)], random))
            for (var i = 0; i < _imagesPerClass; i++)
            {
                images[label].MoveNext();
                yield return images[label].Current;
            }
    }

    /// <summary>The items again and again, shuffled each time.</summary>
    static IEnumerable<int> Cycle(int[] items, SampleRandom random)
    {
        int[] shuffled = [.. items];
        while (true)
        {
            random.Shuffle<int>(shuffled);
            foreach (var item in shuffled) yield return item;
        }
    }
}
