using Paa.Assignment;
using Paa.Boxes;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>
/// Prepares the batches of an epoch on threads, ahead of the network: decodes, augments, pads and finds candidates.
/// </summary>
/// <remarks>
/// <para>The content of a batch depends only on the seed, the epoch and the batch's number, never on the number of threads. An
/// epoch can therefore be entered at any batch without preparing the earlier ones.</para>
/// <para>An image that cannot be read is counted once in <see cref="Findings"/>. In training the next image of its group replaces
/// it, much as MMDetection tries another index; in evaluation it is left out of its batch. An image whose crop shows no object is
/// replaced by a random one of its group.</para>
/// </remarks>
public sealed class BatchLoader
{
    const int BatchesAheadPerThread = 2;
    const int MostTrials = 1000;            // images in a row without an object after crop and filter

    readonly CocoDataset _dataset;
    readonly BatchSampler _sampler;
    readonly ImageReader _reader;
    readonly ImageTransform _transform;
    readonly ImagePipeline _pipeline;
    readonly int _threads;
    readonly Training? _training;
    readonly ImageView[] _views;         // views of each image in evaluation

    /// <summary>What only training needs.</summary>
    sealed record Training(
        int[] Images, int BatchSize, long Seed, AnchorGenerator Anchors, MaxIouMatcher Matcher, Shard Shard)
    {
        /// <summary>Index of a sample among those of all processes; it decides the augmentation.</summary>
        public long Position(int batch, int sample) => ((long)batch * Shard.Count + Shard.Index) * BatchSize + sample;
    }

    BatchLoader(CocoDataset dataset, BatchSampler sampler, DataOptions data, DatasetOptions options, Training? training,
        ImageView[] views)
    {
        (_dataset, _sampler, _training, _views, _threads) = (dataset, sampler, training, views, data.LoaderThreads);
        _reader = new ImageReader(dataset);
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _pipeline = new ImagePipeline(options, _transform);
    }

    /// <summary>Creates a loader of shuffled, augmented batches with boxes and candidates.</summary>
    /// <param name="dataset">The training set.</param>
    /// <param name="config">Its <c>data</c>, <c>seed</c>, anchors and assigner options are used.</param>
    /// <param name="shard">The part for this process; null for everything.</param>
    /// <exception cref="DataException">No image can be trained on.</exception>
    public static BatchLoader ForTraining(CocoDataset dataset, PaaConfig config, Shard? shard = null)
    {
        var part = shard ?? Shard.Whole;
        var (data, options) = (config.Data, config.Data.Train);
        var selected = dataset.SelectTrainingImages(options.SkipEmptyImages, options.MinImageSide);
        var images = RepeatFactors.Apply(dataset, selected, options);
        var training = new Training(images, data.BatchSize, config.Seed,
            new AnchorGenerator(config.Model.Head.Anchors), new MaxIouMatcher(config.Model.Assignment.Matcher), part);
        BatchSampler sampler = (options.Sampler, part.Count) switch
        {
            (SamplerKind.Group, 1) => new GroupSampler(dataset.Images, images, data.BatchSize, config.Seed),
            (SamplerKind.Group, _) => new DistributedGroupSampler(dataset.Images, images, data.BatchSize, config.Seed, part),
            _ => new AspectRatioSampler(dataset, images, options, data.BatchSize, config.Seed, part),
        };
        return new BatchLoader(dataset, sampler, data, options, training, []);
    }

    /// <summary>
    /// Creates a loader of every image in order, without boxes, one per batch: padding to a larger size would change results.
    /// </summary>
    /// <param name="dataset">The data set to evaluate.</param>
    /// <param name="data">Normalisation, size divisor and threads.</param>
    /// <param name="options">The data set's own options.</param>
    /// <param name="views">Scales and flips of each image, one batch after the other; null for the scale of the options.</param>
    /// <param name="shard">The part for this process; null for everything.</param>
    public static BatchLoader ForEvaluation(
        CocoDataset dataset, DataOptions data, DatasetOptions options, IReadOnlyList<ImageView>? views = null,
        Shard? shard = null)
    {
        views ??= [ImageView.Plain(options)];
        var sampler = new SequentialSampler(dataset.Images.Count, times: views.Count, shard: shard);
        return new(dataset, sampler, data, options, training: null, [.. views]);
    }

    /// <summary>Number of batches per epoch.</summary>
    public int BatchCount => _sampler.BatchCount;

    /// <summary>Images that could not be read so far, each counted once.</summary>
    public IReadOnlyList<Finding> Findings => _reader.Findings;

    /// <summary>Enumerates the batches of an epoch. The caller disposes each; leaving the loop early ends the threads.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="firstBatch">The batch to begin with.</param>
    /// <param name="cancellation">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DataException">No image at all can be read.</exception>
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
        var resized = new List<ResizedImage>(images.Length);
        var samples = new List<Sample>(images.Length);
        try
        {
            for (var i = 0; i < images.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var prepared = _training is { } training
                    ? PrepareForTraining(images[i], training,
                        new SampleRandom(training.Seed, epoch, training.Position(number, i)), cancellation)
                    : PrepareForEvaluation(images[i], _views[number % _views.Length], cancellation);
                if (prepared is not var (pixels, targets, index)) continue;
                resized.Add(pixels);
                samples.Add(new Sample
                {
                    Index = index,
                    ImageId = _dataset.Images[index].Id,
                    File = _dataset.ImagePath(index),
                    Geometry = pixels.Geometry,
                    Targets = targets,
                });
            }
            return Assemble(resized, samples);
        }
        finally
        {
            foreach (var image in resized) image.Dispose();
        }
    }

    (ResizedImage Pixels, Targets Targets, int Index)? PrepareForEvaluation(
        int wanted, ImageView view, CancellationToken cancellation)
    {
        if (Read(wanted, cancellation) is not var (image, index)) return null;
        using (image) return (_pipeline.Prepare(image, view), Targets.None, index);
    }

    /// <summary>Augments an image, or in its place others of its group until one has an object.</summary>
    (ResizedImage Pixels, Targets Targets, int Index)? PrepareForTraining(
        int wanted, Training training, SampleRandom random, CancellationToken cancellation)
    {
        for (var trial = 0; trial < MostTrials; trial++)
        {
            cancellation.ThrowIfCancellationRequested();
            var (image, index) = Read(wanted, cancellation)!.Value;
            using (image)
                if (_pipeline.Prepare(image, _dataset.Targets(index), random,
                    another => ReadAny(training.Images, another, cancellation)) is var (pixels, targets))
                    return (pixels, targets, index);
            wanted = AnotherOfItsGroup(wanted, training.Images, random);
        }
        throw new DataException(string.Join(", ", _dataset.AnnotationFiles), $"{MostTrials} images in a row have no object after "
            + "random_crop and filter_annotations; set allow_negative_crop or a larger crop_size, or a smaller min_gt_bbox_wh.");
    }

    /// <summary>An image that is as wide as this one or not, as MMDetection draws it where a step rejects an image.</summary>
    int AnotherOfItsGroup(int image, int[] images, SampleRandom random)
    {
        var group = Array.FindAll(images, other => _dataset.Images[other].IsWide == _dataset.Images[image].IsWide);
        return group[random.NextInt(group.Length)];
    }

    /// <summary>Reads an image, or in training a replacement for it; null if it is to be left out.</summary>
    (Image Image, int Index)? Read(int image, CancellationToken cancellation)
    {
        if (_reader.TryRead(image) is { } found) return (found, image);
        foreach (var other in _sampler.Replacements(image))
        {
            cancellation.ThrowIfCancellationRequested();
            if (_reader.TryRead(other) is { } replacement) return (replacement, other);
        }
        return _training is null ? null : throw _reader.NothingReadable();
    }

    (Image Image, Targets Targets) ReadAny(int[] images, SampleRandom random, CancellationToken cancellation)
    {
        var (image, index) = Read(images[random.NextInt(images.Length)], cancellation)!.Value;
        return (image, _dataset.Targets(index));
    }

    /// <summary>Places the images in a batch of the largest padded size and finds the candidates of their objects.</summary>
    Batch Assemble(List<ResizedImage> images, List<Sample> samples)
    {
        if (samples.Count == 0) return new Batch([], default, []);
        var size = new ImageSize(
            samples.Max(sample => sample.Geometry.PadShape.Height), samples.Max(sample => sample.Geometry.PadShape.Width));
        var grid = _training?.Anchors.Grid(size);
        if (grid is not null)
            samples = samples.ConvertAll(sample => sample with
            {
                Candidates = _training!.Matcher.Match(grid, sample.Geometry.PadShape, sample.Targets),
            });
        var batch = Batch.Rent(size, samples, grid);
        for (var i = 0; i < images.Count; i++) _transform.Write(images[i], batch.Canvas(i), size);
        return batch;
    }
}
