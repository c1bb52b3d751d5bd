using System.Diagnostics;
using Paa.Boxes;
using Paa.Data;
using Paa.Detectors;
using Paa.Engines;
using Paa.Export;
using Paa.Imaging;
using Paa.Inference;
using Paa.Options;

namespace Paa;

/// <summary>A trained detector as a function from an image to its objects.</summary>
/// <remarks>
/// May be used from several threads at once, and gives each what it would get alone: images are prepared and results selected
/// side by side; on oneDNN the network computes for one caller after the other, on all its threads. So one detector serves a
/// process.
/// <see cref="Dispose"/> waits for the calls under way; later ones are refused.
/// </remarks>
/// <example><code>
/// using var detector = Detector.Load("paa_r50_fpn_1x_coco");
/// foreach (var found in detector.Detect("street.jpg", new() { MinScore = 0.3f }))
///     Console.WriteLine($"{found.Name} {found.Score:P0} {found.Box}");
/// </code></example>
public sealed partial class Detector : IDisposable
{
    const int MaxBatch = 8;         // images that run together; more need memory and are no faster

    readonly LoadedDetector _loaded;
    readonly IDetectorNetwork? _network;
    readonly ExportedDetector? _exported;               // an ONNX file, in place of the network
    readonly ImageTransform _transform;
    readonly ImageView[] _views;
    readonly DetectionOptions? _defaults;
    readonly CallOptions _call;     // of a call without options
    readonly ThreadLocal<(PostProcessingOptions? Options, PostProcessor? Processor)> _postProcessor = new();
    readonly Lock _gate = new();
    readonly ManualResetEventSlim _idle = new(initialState: true);
    int _callers;
    bool _isDisposed;

    Detector(LoadedDetector loaded, InferenceOptions options, DetectionOptions? defaults)
    {
        _loaded = loaded;
        _defaults = defaults;
        _call = CallOptions.Of(null, defaults, loaded);
        string? notice = null;
        if (loaded.Exported is not null) _exported = ExportedDetector.Open(loaded, options, _call.Limits, _call.Voting);
        else (_network, notice) = options.CreateNetwork(loaded.Network, loaded.Weights, loaded.Quantization);
        Notices = notice is null ? loaded.Notices : [.. loaded.Notices, notice];
        var data = loaded.Config.Data;
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _views = ImageView.ForTesting(data.Test, options.TestTimeAugmentation ? data.TestTimeAugmentation : null);
    }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => _loaded.Classes;

    /// <summary>The configuration of the detector: given, stored with the weights, or derived from them.</summary>
    public PaaConfig Config => _loaded.Config;

    /// <summary>What a user should know, a sentence each: what of the configuration had to be guessed although the file has one,
    /// and why a quantised detector is not computed in int8.</summary>
    public IReadOnlyList<string> Notices { get; }

    /// <summary>Detects the objects in an image.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <param name="options">What to keep; null: as given when loading, else as configured.</param>
    /// <param name="cancellation">Stops before the next stage: preparation, network, selection.</param>
    /// <returns>The objects with their names, boxes in pixels of the image, best first.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the detector has no such class.</exception>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public Detection[] Detect(Image image, DetectionOptions? options = null, CancellationToken cancellation = default) =>
        Detect([image], options, cancellation)[0];

    /// <summary>Detects the objects in several images; those of equal padded size run through the network together.</summary>
    /// <param name="images">Any sizes. Borrowed.</param>
    /// <param name="options">What to keep; null: as given when loading, else as configured.</param>
    /// <param name="cancellation">Stops before the next stage of the next images.</param>
    /// <returns>For each image what <see cref="Detect(Image, DetectionOptions?, CancellationToken)"/> returns.</returns>
    /// <exception cref="ArgumentException">An option is out of its range, or the detector has no such class.</exception>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public Detection[][] Detect(
        IReadOnlyList<Image> images, DetectionOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        var call = options is null ? _call : CallOptions.Of(options, _defaults, _loaded);
        Enter();
        try
        {
            var started = Stopwatch.GetTimestamp();
            var found = Run(images, call, cancellation);
            PredictionMeter.Complete(started, images.Count, found.Sum(own => own.Length));
            return found;
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>Computes once what the first image of a size would wait for: the plan of the network and its memory.</summary>
    /// <param name="height">Rows of the images to come; 0: those of a photograph in landscape, 3:4.</param>
    /// <param name="width">Columns of the images to come.</param>
    /// <param name="count">Images that will run together.</param>
    public void WarmUp(int height = 0, int width = 0, int count = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(height);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        using var blank = new Image(height > 0 ? height : 480, width > 0 ? width : 640);
        Detect([.. Enumerable.Repeat(blank, count)]);
    }

    Detection[][] Run(IReadOnlyList<Image> images, CallOptions call, CancellationToken cancellation)
    {
        var outputs = new ViewOutput[images.Count][];
        for (var i = 0; i < images.Count; i++)
        {
            ArgumentNullException.ThrowIfNull(images[i], $"{nameof(images)}[{i}]");
            outputs[i] = new ViewOutput[_views.Length];
        }
        var postProcessor = PostProcessorFor(call.Limits);
        if (_exported is not null)
        {
            var found = _exported.Detect(images, postProcessor, call.Limits, call.Voting, cancellation);
            return [.. found.Select(own => call.Keep(own, Classes))];
        }
        for (var view = 0; view < _views.Length; view++) Run(images, view, outputs, cancellation);

        cancellation.ThrowIfCancellationRequested();
        using var activity = PredictionActivity.Start(PredictionActivity.Select);
        return [.. outputs.Select(own => call.Keep(postProcessor.Process(own, call.Voting), Classes))];
    }

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

    /// <summary>One per thread, because it reuses its memory; made anew where a call has other limits than the last.</summary>
    PostProcessor PostProcessorFor(PostProcessingOptions limits)
    {
        if (_postProcessor.Value is ({ } known, { } own) && known == limits) return own;
        var made = new PostProcessor(limits, _loaded.Config.Model.Head.ClassCount, _loaded.Config.Model.Profile);
        _postProcessor.Value = (limits, made);
        return made;
    }

    void Enter()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_callers++ == 0) _idle.Reset();
        }
        PredictionMeter.Enter();
    }

    void Leave()
    {
        PredictionMeter.Leave();
        lock (_gate)
            if (--_callers == 0) _idle.Set();
    }

    /// <summary>Frees the weights, once the calls under way have returned.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_isDisposed) return;
            _isDisposed = true;
        }
        _idle.Wait();
        _postProcessor.Dispose();
        _network?.Dispose();
        _exported?.Dispose();
    }
}
