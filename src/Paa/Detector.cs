using System.Diagnostics.CodeAnalysis;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Detectors;
using Paa.Engines;
using Paa.Export;
using Paa.Imaging;
using Paa.Inference;
using Paa.Options;

namespace Paa;

/// <summary>A trained detector as a function from an image to its objects.</summary>
/// <remarks>May be used from several threads at once. Dispose frees the weights.</remarks>
public sealed class Detector : IDisposable
{
    const int MaxBatch = 8;         // images that run together; more need memory and are no faster

    readonly LoadedDetector _loaded;
    readonly IDetectorNetwork? _network;
    readonly ExportedDetector? _exported;               // an ONNX file, in place of the network
    readonly ImageTransform _transform;
    readonly ImageView[] _views;
    readonly ThreadLocal<PostProcessor> _postProcessor; // one per thread, because it reuses its memory
    bool _isDisposed;

    Detector(LoadedDetector loaded, InferenceOptions options)
    {
        _loaded = loaded;
        string? notice = null;
        if (loaded.Exported is not null) _exported = ExportedDetector.Open(loaded, options);
        else (_network, notice) = options.CreateNetwork(loaded.Network, loaded.Weights, loaded.Quantization);
        Notices = notice is null ? loaded.Notices : [.. loaded.Notices, notice];
        var (model, data) = (loaded.Config.Model, loaded.Config.Data);
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _views = ImageView.ForTesting(data.Test, options.TestTimeAugmentation ? data.TestTimeAugmentation : null);
        _postProcessor = new(() => new PostProcessor(model.PostProcessing, model.Head.ClassCount, model.Profile));
    }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => _loaded.Classes;

    /// <summary>The configuration of the detector: given, stored with the weights, or derived from them.</summary>
    public PaaConfig Config => _loaded.Config;

    /// <summary>What a user should know, a sentence each: what of the configuration had to be guessed although the file has one,
    /// and why a quantised detector is not computed in int8.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="checkpoint">A file as for <see cref="DetectorFile.Load(string, PaaConfig?)"/>.</param>
    /// <param name="options">Engine, precision and threads; null for oneDNN on all cores.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <returns>The detector, owned by the caller.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">The file does not contain a PAA detector.</exception>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    [RequiresUnreferencedCode(ConfigLoader.TrimmingMessage)]
    public static Detector Load(string checkpoint, InferenceOptions? options = null, PaaConfig? config = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        if (config is not null) ConfigValidator.Validate(config, nameof(config));
        return new(DetectorFile.Load(checkpoint, config), options ?? new InferenceOptions());
    }

    /// <summary>Creates a detector from a detector that has already been read.</summary>
    /// <param name="detector">The detector. Held.</param>
    /// <param name="options">Engine, precision and threads; null for oneDNN on all cores.</param>
    /// <returns>The detector, owned by the caller.</returns>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Detector Of(LoadedDetector detector, InferenceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ConfigValidator.Validate(detector.Config, nameof(detector));
        return new(detector, options ?? new InferenceOptions());
    }

    /// <summary>Detects the objects in an image.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <param name="cancellation">Stops before the next stage: preparation, network, selection.</param>
    /// <returns>Detections in pixels of the image, classes in order, best first in each class.</returns>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public Detection[] Detect(Image image, CancellationToken cancellation = default) => Detect([image], cancellation)[0];

    /// <summary>Detects the objects in an image file.</summary>
    /// <param name="file">Its path.</param>
    /// <param name="cancellation">As for an image.</param>
    /// <returns>Detections in pixels of the image as it is shown, that is turned by its EXIF orientation.</returns>
    /// <exception cref="ImageException">The file cannot be read.</exception>
    public Detection[] Detect(string file, CancellationToken cancellation = default)
    {
        using var image = Image.Load(file);
        return Detect(image, cancellation);
    }

    /// <summary>Detects the objects in an image file that comes from a stream.</summary>
    /// <param name="stream">Read to its end. Borrowed.</param>
    /// <param name="cancellation">As for an image.</param>
    /// <returns>As for an image file.</returns>
    /// <exception cref="ImageException">The file cannot be read.</exception>
    public Detection[] Detect(Stream stream, CancellationToken cancellation = default)
    {
        using var image = Image.Load(stream);
        return Detect(image, cancellation);
    }

    /// <summary>Detects the objects in several images; those of equal padded size run through the network together.</summary>
    /// <param name="images">Any sizes. Borrowed.</param>
    /// <param name="cancellation">Stops before the next stage of the next images.</param>
    /// <returns>For each image what <see cref="Detect(Image, CancellationToken)"/> returns.</returns>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public Detection[][] Detect(IReadOnlyList<Image> images, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_exported is not null) return _exported.Detect(images, cancellation);
        var outputs = new ViewOutput[images.Count][];
        for (var i = 0; i < images.Count; i++)
        {
            ArgumentNullException.ThrowIfNull(images[i], $"{nameof(images)}[{i}]");
            outputs[i] = new ViewOutput[_views.Length];
        }
        for (var view = 0; view < _views.Length; view++) Run(images, view, outputs, cancellation);

        cancellation.ThrowIfCancellationRequested();
        using var activity = PredictionActivity.Start(PredictionActivity.Select);
        return [.. outputs.Select(own => _postProcessor.Value!.Process(own, _loaded.Network.Options.Head.ScoreVoting))];
    }

    /// <summary>The same on a thread of the pool.</summary>
    /// <param name="image">Any size. Borrowed until the task has ended.</param>
    /// <param name="cancellation">As for <see cref="Detect(Image, CancellationToken)"/>.</param>
    public Task<Detection[]> DetectAsync(Image image, CancellationToken cancellation = default) =>
        Task.Run(() => Detect(image, cancellation), cancellation);

    /// <summary>Runs the network on one view of all images.</summary>
    void Run(IReadOnlyList<Image> images, int view, ViewOutput[][] outputs, CancellationToken cancellation)
    {
        ImageGeometry[] geometries =
            [.. images.Select(image => _transform.Plan(new ImageSize(image.Height, image.Width), _views[view]))];
        foreach (var group in Enumerable.Range(0, images.Count).GroupBy(i => geometries[i].PadShape))
            foreach (var batch in group.Chunk(MaxBatch))
            {
                cancellation.ThrowIfCancellationRequested();
                float[] pixels;
                using (PredictionActivity.Start(PredictionActivity.Prepare)) pixels = Prepare(batch, group.Key);
                cancellation.ThrowIfCancellationRequested();
                using var activity = PredictionActivity.Start(PredictionActivity.Network);
                var levels = _network!.Infer(pixels, batch.Length, group.Key);
                var grid = _loaded.Network.AnchorGenerator.Grid(group.Key);
                foreach (var (place, i) in batch.Index())
                    outputs[i][view] = new ViewOutput(levels[place], grid, geometries[i]);
            }

        float[] Prepare(int[] batch, ImageSize shape)
        {
            if (batch.Length == 1) return _transform.Apply(images[batch[0]], geometries[batch[0]]);
            var length = Image.Channels * shape.Area;
            var pixels = GC.AllocateUninitializedArray<float>(batch.Length * length);
            foreach (var (place, i) in batch.Index())
            {
                using var resized = new ResizedImage(images[i], geometries[i]);
                _transform.Write(resized, pixels.AsSpan(place * length, length), shape);
            }
            return pixels;
        }
    }

    /// <summary>Frees the weights. No call may be under way.</summary>
    public void Dispose()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        _postProcessor.Dispose();
        _network?.Dispose();
        _exported?.Dispose();
    }
}
