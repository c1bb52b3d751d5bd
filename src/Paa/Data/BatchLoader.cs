using Paa.Assignment;
using Paa.Boxes;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Data;

/// <summary>Makes the batches of an epoch: decodes, augments, pads and finds candidates on threads, ahead of the network.</summary>
/// <remarks>
/// <para>What a batch holds depends on seed, epoch and its number only, never on the number of threads; so an epoch can be
/// entered anywhere, and batches before that are not prepared.</para>
/// <para>An image that cannot be read is counted once in <see cref="Findings"/>. In training the next image of its group takes its
/// place, as MMDetection tries another index; in evaluation it is left out of its batch.</para>
/// </remarks>
public sealed class BatchLoader
{
    const int BatchesAheadPerThread = 2;

    readonly CocoDataset _dataset;
    readonly BatchSampler _sampler;
    readonly ImageReader _reader;
    readonly ImageTransform _transform;
    readonly ImagePipeline _pipeline;
    readonly int _threads;
    readonly Training? _training;
    readonly Augmentation[] _views;         // of an image in evaluation

    /// <summary>What only training needs.</summary>
    sealed record Training(
        int[] Images, int BatchSize, long Seed, AnchorGenerator Anchors, MaxIouMatcher Matcher, Shard Shard)
    {
        /// <summary>Position of a sample among those of all processes, which decides its augmentation.</summary>
        public long Position(int batch, int sample) => ((long)batch * Shard.Count + Shard.Index) * BatchSize + sample;
    }

    BatchLoader(CocoDataset dataset, BatchSampler sampler, DataOptions data, DatasetOptions options, Training? training,
        Augmentation[] views)
    {
        (_dataset, _sampler, _training, _views, _threads) = (dataset, sampler, training, views, data.LoaderThreads);
        _reader = new ImageReader(dataset);
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _pipeline = new ImagePipeline(options, _transform);
    }

    /// <summary>Shuffled, augmented batches with boxes and candidates.</summary>
    /// <param name="dataset">The training set.</param>
    /// <param name="config">Its <c>data</c>, <c>seed</c>, anchors and assigner are used.</param>
    /// <param name="shard">The part of this process; null: everything.</param>
    /// <exception cref="DataException">No image can be trained on.</exception>
    public static BatchLoader ForTraining(CocoDataset dataset, PaaConfig config, Shard? shard = null)
    {
        var part = shard ?? Shard.Whole;
        var (data, options) = (config.Data, config.Data.Train);
        var images = RepeatFactors.Apply(dataset, dataset.SelectTrainingImages(options.SkipEmptyImages), options);
        var training = new Training(images, data.BatchSize, config.Seed,
            new AnchorGenerator(config.Model.Head.Anchors), new MaxIouMatcher(config.Model.Assignment.Matcher), part);
        BatchSampler sampler = part.Count == 1
            ? new GroupSampler(dataset.Images, images, data.BatchSize, config.Seed)
            : new DistributedGroupSampler(dataset.Images, images, data.BatchSize, config.Seed, part);
        return new BatchLoader(dataset, sampler, data, options, training, []);
    }

    /// <summary>Every image in order, without boxes; one a batch, because padding to a batch's size changes results.</summary>
    /// <param name="dataset">The data set to evaluate.</param>
    /// <param name="data">Normalisation, size divisor and threads.</param>
    /// <param name="options">The data set's own options.</param>
    /// <param name="views">Scales and flips of each image, one batch after the other; null: the scale of the options.</param>
    /// <param name="shard">The part of this process; null: everything.</param>
    public static BatchLoader ForEvaluation(
        CocoDataset dataset, DataOptions data, DatasetOptions options, IReadOnlyList<Augmentation>? views = null, Shard? shard = null)
    {
        views ??= [new Augmentation(ImageScale.From(options.Scales[0]), null)];
        return new(dataset, new SequentialSampler(dataset.Images.Count, times: views.Count, shard: shard), data, options, null, [.. views]);
    }

    /// <summary>Batches of an epoch.</summary>
    public int BatchCount => _sampler.BatchCount;

    /// <summary>Images that could not be read so far, each counted once.</summary>
    public IReadOnlyList<Finding> Findings => _reader.Findings;

    /// <summary>The batches of an epoch. The caller disposes each; leaving the loop early ends the threads.</summary>
    /// <param name="epoch">Counts from 0.</param>
    /// <param name="firstBatch">Where to begin.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">Not one image can be read.</exception>
    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstBatch);
        return Batches();

        IEnumerable<Batch> Batches()
        {
            var plan = _sampler.Batches(epoch);
            var prefetch = new OrderedPrefetch<Batch>(_threads, Math.Max(1, BatchesAheadPerThread * _threads),
                (number, stop) => Prepare(plan[number], epoch, number, stop));
            foreach (var batch in prefetch.Run(firstBatch, plan.Length, cancellation))
                if (batch.Images.Count > 0) yield return batch;
                else if (_reader.IsNothingReadable) throw _reader.NothingReadable();
        }
    }

    Batch Prepare(int[] images, int epoch, int number, CancellationToken cancellation)
    {
        var prepared = new List<PreparedImage>(images.Length);
        var samples = new List<Sample>(images.Length);
        try
        {
            for (var i = 0; i < images.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                if (Read(images[i], cancellation) is not var (image, index)) continue;
                using (image)
                    prepared.Add(_training is { } training
                        ? _pipeline.Prepare(image, new SampleRandom(training.Seed, epoch, training.Position(number, i)),
                            random => ReadAny(training.Images, random, cancellation))
                        : _pipeline.Prepare(image, _views[number % _views.Length]));
                samples.Add(ToSample(index, prepared[^1]));
            }
            return Assemble(prepared, samples);
        }
        finally
        {
            foreach (var image in prepared) image.Dispose();
        }
    }

    /// <summary>Reads an image, or in training one that replaces it; null if it is to be left out.</summary>
    (LabelledImage Image, int Index)? Read(int image, CancellationToken cancellation)
    {
        if (TryRead(image) is { } found) return (found, image);
        foreach (var other in _sampler.Replacements(image))
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryRead(other) is { } replacement) return (replacement, other);
        }
        return _training is null ? null : throw _reader.NothingReadable();
    }

    LabelledImage? TryRead(int index) => _reader.TryRead(index) is { } image
        ? new LabelledImage(image, _training is null ? Targets.None : _dataset.Targets(index))
        : null;

    LabelledImage ReadAny(int[] images, SampleRandom random, CancellationToken cancellation) =>
        Read(images[random.NextInt(images.Length)], cancellation)!.Value.Image;

    Sample ToSample(int index, PreparedImage prepared) => new()
    {
        Index = index,
        ImageId = _dataset.Images[index].Id,
        File = _dataset.ImagePath(index),
        Geometry = prepared.Geometry,
        Boxes = prepared.Targets.Boxes,
        Labels = prepared.Targets.Labels,
        Ignored = prepared.Targets.Ignored,
    };

    Batch Assemble(List<PreparedImage> images, List<Sample> samples)
    {
        if (samples.Count == 0) return new Batch([], default, []);
        var size = new ImageSize(samples.Max(s => s.PadShape.Height), samples.Max(s => s.PadShape.Width));
        var grid = _training?.Anchors.Grid(size);
        var candidates = grid is null ? null
            : samples.ConvertAll(s => _training!.Matcher.Find(grid, s.PadShape, s.Boxes, s.Ignored));
        var batch = Batch.Rent(size, samples, grid, candidates);
        for (var i = 0; i < images.Count; i++) images[i].Pixels.Write(_transform, images[i].Geometry, batch.Canvas(i), size);
        return batch;
    }
}
