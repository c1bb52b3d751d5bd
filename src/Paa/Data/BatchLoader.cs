using Paa.Assignment;
using Paa.Boxes;
using Paa.Configuration;
using Paa.Imaging;

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
    readonly DatasetOptions _options;
    readonly ImageTransform _transform;
    readonly int _threads;
    readonly int _batchSize;
    readonly long _seed;
    readonly AnchorGenerator? _anchors;
    readonly MaxIouMatcher? _matcher;
    readonly FindingCollector _findings = new();
    readonly bool[] _isUnreadable;

    BatchLoader(CocoDataset dataset, BatchSampler sampler, DataOptions data, DatasetOptions options, int batchSize, long seed,
        AnchorGenerator? anchors, MaxIouMatcher? matcher)
    {
        (_dataset, _sampler, _options, _batchSize, _seed) = (dataset, sampler, options, batchSize, seed);
        (_anchors, _matcher, _threads) = (anchors, matcher, data.WorkersPerGpu);
        _transform = new ImageTransform(data.ImgNorm, data.SizeDivisor);
        _isUnreadable = new bool[dataset.Images.Count];
    }

    /// <summary>Shuffled, augmented batches with boxes and candidates.</summary>
    /// <param name="dataset">The training set.</param>
    /// <param name="config">Its <c>data</c>, <c>seed</c>, anchors and assigner are used.</param>
    /// <exception cref="DataException">No image can be trained on.</exception>
    public static BatchLoader ForTraining(CocoDataset dataset, PaaConfig config)
    {
        var (data, options) = (config.Data, config.Data.Train);
        var sampler = new GroupSampler(
            dataset.Images, dataset.SelectTrainingImages(options.FilterEmptyGt), data.SamplesPerGpu, config.Seed);
        return new BatchLoader(dataset, sampler, data, options, data.SamplesPerGpu, config.Seed,
            new AnchorGenerator(config.Model.BboxHead.AnchorGenerator), new MaxIouMatcher(config.Model.TrainCfg.Assigner));
    }

    /// <summary>Every image once, in order, without boxes.</summary>
    /// <param name="dataset">The data set to evaluate.</param>
    /// <param name="data">Normalisation, size divisor and threads.</param>
    /// <param name="options">Scale of the images.</param>
    /// <param name="batchSize">Images in a batch; padding changes results slightly, so 1 is what is published.</param>
    public static BatchLoader ForEvaluation(CocoDataset dataset, DataOptions data, DatasetOptions options, int batchSize = 1) =>
        new(dataset, new SequentialSampler(dataset.Images.Count, batchSize), data, options, batchSize, seed: 0, null, null);

    /// <summary>Batches of an epoch.</summary>
    public int BatchCount => _sampler.BatchCount;

    /// <summary>Images that could not be read so far, each counted once.</summary>
    public IReadOnlyList<Finding> Findings => _findings.ToArray();

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
                else if (Array.TrueForAll(_isUnreadable, unreadable => unreadable)) throw NothingReadable();
        }
    }

    Batch Prepare(int[] images, int epoch, int number, CancellationToken cancellation)
    {
        var resized = new List<Image>(images.Length);
        var samples = new List<Sample>(images.Length);
        try
        {
            for (var i = 0; i < images.Length; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var random = new SampleRandom(_seed, epoch, (long)number * _batchSize + i);
                var augmentation = Augmentation.Draw(_options, random);
                if (Load(images[i], cancellation) is not var (image, index)) continue;
                using (image)
                {
                    var geometry = _transform.Plan(new ImageSize(image.Height, image.Width), augmentation.Scale,
                        augmentation.FlipHorizontal, augmentation.FlipVertical);
                    resized.Add(ImageTransform.Resize(image, geometry));
                    samples.Add(ToSample(index, geometry));
                }
            }
            return Assemble(resized, samples);
        }
        finally
        {
            foreach (var image in resized) image.Dispose();
        }
    }

    /// <summary>Reads an image, or in training one that replaces it; null if it is to be left out.</summary>
    (Image Image, int Index)? Load(int image, CancellationToken cancellation)
    {
        if (TryLoad(image) is { } found) return (found, image);
        foreach (var other in _sampler.Replacements(image))
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryLoad(other) is { } replacement) return (replacement, other);
        }
        return _matcher is null ? null : throw NothingReadable();
    }

    Image? TryLoad(int image)
    {
        if (Volatile.Read(ref _isUnreadable[image])) return null;
        var path = _dataset.ImagePath(image);
        try
        {
            return Image.Load(path);
        }
        catch (ImageException e)
        {
            if (!Interlocked.Exchange(ref _isUnreadable[image], true))
                _findings.Add(File.Exists(path) ? FindingKind.ImageFileUnreadable : FindingKind.ImageFileMissing, e.Message.TrimEnd('.'));
            return null;
        }
    }

    Sample ToSample(int index, ImageGeometry geometry)
    {
        var sample = new Sample
        {
            Index = index,
            ImageId = _dataset.Images[index].Id,
            File = _dataset.ImagePath(index),
            Geometry = geometry,
        };
        if (_matcher is null) return sample;
        var targets = _dataset.Targets(index);
        return sample with
        {
            Boxes = Array.ConvertAll(targets.Boxes, geometry.ToInput),
            Labels = targets.Labels,
            Ignored = Array.ConvertAll(targets.Ignored, geometry.ToInput),
        };
    }

    Batch Assemble(List<Image> images, List<Sample> samples)
    {
        if (samples.Count == 0) return new Batch([], default, []);
        var size = new ImageSize(samples.Max(s => s.PadShape.Height), samples.Max(s => s.PadShape.Width));
        var grid = _anchors?.Grid(size);
        var candidates = grid is null || _matcher is null ? null
            : samples.ConvertAll(s => _matcher.Find(grid, s.PadShape, s.Boxes, s.Ignored));
        var batch = Batch.Rent(size, samples, grid, candidates);
        for (var i = 0; i < images.Count; i++) _transform.Write(images[i], samples[i].Geometry, batch.Canvas(i), size);
        return batch;
    }

    DataException NothingReadable() => new(string.Join(", ", _dataset.AnnotationFiles),
        $"not one image can be read: {string.Join("; ", _findings.ToArray().AsEnumerable())}. Check img_prefix.");
}
