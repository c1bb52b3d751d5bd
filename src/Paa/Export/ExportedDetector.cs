using System.Globalization;
using System.Runtime.InteropServices;
using Paa.Boxes;
using Paa.Data;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Inference;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Export;

/// <summary>A detector in an ONNX file: feeds what its graph wants, and does what its graph leaves.</summary>
/// <remarks>May be used from several threads at once. Dispose frees it.</remarks>
sealed class ExportedDetector : IDisposable
{
    const int MaxBatch = 8;         // as in Detector

    readonly OnnxSession _session;
    readonly ExportedFile _file;
    readonly PaaConfig _config;
    readonly OnnxInput _input;
    readonly OnnxOutput _output;
    readonly ImageTransform _transform;
    readonly AnchorGenerator _anchors;

    ExportedDetector(LoadedDetector loaded, OnnxSession session, OnnxInput input, OnnxOutput output)
    {
        (_session, _file, _config, _input, _output) = (session, loaded.Exported!, loaded.Config, input, output);
        _transform = new ImageTransform(_config.Data.Normalization, _config.Data.SizeDivisor);
        _anchors = loaded.Network.AnchorGenerator;
    }

    /// <summary>Opens the file of a detector.</summary>
    /// <param name="loaded">With an <see cref="LoadedDetector.Exported"/> file.</param>
    /// <param name="options">Threads; engine and precision are the file's.</param>
    /// <param name="limits">Thresholds and limits that will be asked for.</param>
    /// <param name="voting">Whether score voting will be asked for.</param>
    /// <exception cref="EngineException">It cannot be computed so.</exception>
    public static ExportedDetector Open(
        LoadedDetector loaded, InferenceOptions options, PostProcessingOptions limits, bool voting)
    {
        var file = loaded.Exported!;
        var (input, output) = KindsOf(file);
        if (options.TestTimeAugmentation)
            throw new EngineException(
                $"{file.Path}: an exported graph has one view of an image; leave test-time augmentation away.");
        if (input == OnnxInput.Decoded && !loaded.Config.Data.Test.Scales[0].SequenceEqual(file.Config.Data.Test.Scales[0]))
            throw new EngineException($"{file.Path}: the size of images is part of the graph; export with --input resized.");
        ThrowIfOther(file, output, limits, voting);
        return new ExportedDetector(loaded, OpenSession(file, options), input, output);
    }

    /// <summary>The network alone of a file that gives the outputs of the head.</summary>
    /// <param name="loaded">With an <see cref="LoadedDetector.Exported"/> file.</param>
    /// <param name="options">Threads; engine and precision are the file's.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="EngineException">The file has more than the network, or it cannot be computed.</exception>
    public static IDetectorNetwork OpenNetwork(LoadedDetector loaded, InferenceOptions options)
    {
        var file = loaded.Exported!;
        return KindsOf(file) == (OnnxInput.Normalized, OnnxOutput.Raw)
            ? new Network(OpenSession(file, options), loaded.Network.AnchorGenerator)
            : throw new EngineException($"{file.Path} has more than the network; use the checkpoint, or a file that was exported "
                + "with --input normalized --output raw.");
    }

    static (OnnxInput Input, OnnxOutput Output) KindsOf(ExportedFile file) =>
        Enum.TryParse<OnnxInput>(file.Input, ignoreCase: true, out var input)
        && Enum.TryParse<OnnxOutput>(file.Output, ignoreCase: true, out var output)
            ? (input, output)
            : throw new EngineException(
                $"{file.Path} has input {file.Input} and output {file.Output}, which this version does not know.");

    static OnnxSession OpenSession(ExportedFile file, InferenceOptions options)
    {
        try
        {
            var threads = PaaConfig.ComputeThreads(options.ThreadCount);
            return new OnnxSession(file.Path, new OnnxSessionOptions { ThreadCount = threads });
        }
        catch (OnnxException error)
        {
            throw new EngineException($"{file.Path} cannot be computed: {error.Message}");
        }
    }

    /// <summary>Detects the objects in several images; those of equal size run together.</summary>
    /// <param name="images">Any sizes. Borrowed.</param>
    /// <param name="postProcessor">Does what the graph leaves. Borrowed.</param>
    /// <param name="limits">Its thresholds and limits.</param>
    /// <param name="voting">Whether to refine boxes by score voting.</param>
    /// <param name="cancellation">Stops before the next images.</param>
    /// <exception cref="EngineException">The graph has other thresholds and limits, or cannot be computed.</exception>
    public Detection[][] Detect(IReadOnlyList<Image> images, PostProcessor postProcessor, PostProcessingOptions limits,
        bool voting, CancellationToken cancellation)
    {
        ThrowIfOther(_file, _output, limits, voting);
        var view = ImageView.Plain(_config.Data.Test);
        ImageGeometry[] geometries = [.. images.Select(image => _transform.Plan(new ImageSize(image.Height, image.Width), view))];
        var results = new Detection[images.Count][];
        foreach (var group in Enumerable.Range(0, images.Count).GroupBy(i => FedSize(geometries[i])))
            foreach (var batch in group.Chunk(MaxBatch))
            {
                cancellation.ThrowIfCancellationRequested();
                OnnxFeed[] feeds;
                ImageGeometry[] own = [.. batch.Select(i => geometries[i])];
                using (PredictionActivity.Start(PredictionActivity.Prepare))
                    feeds = [Images([.. batch.Select(i => images[i])], own), .. Sizes(own)];
                cancellation.ThrowIfCancellationRequested();
                using var activity = PredictionActivity.Start(PredictionActivity.Network);
                using var outputs = Run(feeds);
                foreach (var (place, i) in batch.Index())
                    results[i] = Read(outputs, place, batch.Length, geometries[i], postProcessor, voting);
            }
        return results;
    }

    /// <summary>Frees it. No call may be under way.</summary>
    public void Dispose() => _session.Dispose();

    OnnxResults Run(OnnxFeed[] feeds)
    {
        try
        {
            return _session.Run(feeds);
        }
        catch (OnnxException error)
        {
            throw new EngineException($"{_file.Path} cannot be computed: {error.Message}");
        }
    }

    ImageSize FedSize(ImageGeometry geometry) => _input switch
    {
        OnnxInput.Normalized => geometry.PadShape,
        OnnxInput.Resized => geometry.ImageShape,
        _ => geometry.OriginalShape,
    };

    OnnxFeed Images(Image[] images, ImageGeometry[] geometries)
    {
        var size = FedSize(geometries[0]);
        var length = Image.Channels * size.Area;
        if (_input == OnnxInput.Normalized)
        {
            var pixels = new float[images.Length * length];
            for (var i = 0; i < images.Length; i++)
            {
                using var resized = new ResizedImage(images[i], geometries[i]);
                _transform.Write(resized, pixels.AsSpan(i * length, length), size);
            }
            return OnnxFeed.Of(InputGraph.Images, pixels, images.Length, Image.Channels, size.Height, size.Width);
        }
        var bytes = new byte[images.Length * length];
        for (var i = 0; i < images.Length; i++)
        {
            using var resized = _input == OnnxInput.Resized ? images[i].Resize(size.Height, size.Width) : null;
            SwapRedAndBlue((resized ?? images[i]).Pixels, bytes.AsSpan(i * length, length));
        }
        return OnnxFeed.Of(InputGraph.Images, bytes, images.Length, size.Height, size.Width, Image.Channels);
    }

    IEnumerable<OnnxFeed> Sizes(ImageGeometry[] geometries)
    {
        if (_output == OnnxOutput.Raw || _input == OnnxInput.Decoded) yield break;
        if (_input == OnnxInput.Normalized) yield return Of(InputGraph.ImageSizes, geometry => geometry.ImageShape);
        yield return Of(InputGraph.OriginalSizes, geometry => geometry.OriginalShape);

        OnnxFeed Of(string name, Func<ImageGeometry, ImageSize> size) => OnnxFeed.Of(name,
            [.. geometries.SelectMany(geometry => new long[] { size(geometry).Height, size(geometry).Width })],
            geometries.Length, 2);
    }

    Detection[] Read(
        OnnxResults outputs, int place, int batch, ImageGeometry geometry, PostProcessor postProcessor, bool voting)
    {
        switch (_output)
        {
            case OnnxOutput.Raw:
                var grid = _anchors.Grid(geometry.PadShape);
                var view = new ViewOutput(Levels(outputs, place, batch, grid), grid, geometry);
                return postProcessor.Process([view], voting);
            case OnnxOutput.Boxes:
                return postProcessor.Process(MemoryMarshal.Cast<float, Box>(Part<float>(0)), Part<float>(1), voting);
            default:
                var boxes = MemoryMarshal.Cast<float, Box>(Part<float>(0));
                var scores = Part<float>(1);
                var labels = Part<long>(2);
                var detections = new Detection[outputs.Values<long>(3)[place]];
                for (var i = 0; i < detections.Length; i++) detections[i] = new Detection(boxes[i], scores[i], (int)labels[i]);
                return detections;
        }

        ReadOnlySpan<T> Part<T>(int output) where T : unmanaged => ExportedDetector.Part<T>(outputs, output, place, batch);
    }

    static LevelOutput[] Levels(OnnxResults outputs, int place, int batch, AnchorGrid grid)
    {
        return [.. grid.Levels.Select((level, i) => new LevelOutput(Map(3 * i), Map(3 * i + 1), Map(3 * i + 2), level.Size))];

        float[] Map(int output) => Part<float>(outputs, output, place, batch).ToArray();
    }

    /// <summary>What an output has for one image of a batch.</summary>
    static ReadOnlySpan<T> Part<T>(OnnxResults outputs, int output, int place, int batch) where T : unmanaged
    {
        var all = outputs.Values<T>(output);
        var length = all.Length / batch;
        return all.Slice(place * length, length);
    }

    /// <summary>What is part of a graph cannot be asked for otherwise.</summary>
    static void ThrowIfOther(ExportedFile file, OnnxOutput output, PostProcessingOptions limits, bool voting)
    {
        if (output is not (OnnxOutput.Nms or OnnxOutput.Voting)) return;
        var stored = file.Config.Model.PostProcessing;
        if (limits != stored)
            throw new EngineException($"{file.Path}: thresholds and limits are part of the graph (scores above "
                + string.Create(CultureInfo.InvariantCulture, $"{stored.ScoreThreshold}); ")
                + "ask for no others, or export with --output raw.");
        if (voting != (output == OnnxOutput.Voting))
            throw new EngineException($"{file.Path}: its graph {(voting ? "has no" : "has")} score voting; "
                + "ask for nothing else, or export with --output raw.");
    }

    static void SwapRedAndBlue(ReadOnlySpan<byte> from, Span<byte> to)
    {
        for (var i = 0; i < from.Length; i += Image.Channels) (to[i], to[i + 1], to[i + 2]) = (from[i + 2], from[i + 1], from[i]);
    }

    /// <summary>A file that is the network alone.</summary>
    sealed class Network(OnnxSession session, AnchorGenerator anchors) : IDetectorNetwork
    {
        public LevelOutput[][] Infer(ReadOnlySpan<float> pixels, int images, ImageSize size)
        {
            using var outputs = session.Run(OnnxFeed.Of(
                InputGraph.Images, pixels.ToArray(), images, Image.Channels, size.Height, size.Width));
            var grid = anchors.Grid(size);
            var results = new LevelOutput[images][];
            for (var i = 0; i < images; i++) results[i] = Levels(outputs, i, images, grid);
            return results;
        }

        public void Dispose() => session.Dispose();
    }
}

/// <summary>Networks of detectors that were read.</summary>
public static class DetectorNetworks
{
    /// <summary>Makes the network of a detector: of its weights, by the first engine that can compute them, or from its ONNX
    /// file.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="options">How it is computed.</param>
    /// <returns>The network, which the caller owns, and what a user should know about how it is computed; null for
    /// nothing.</returns>
    /// <exception cref="EngineException">It cannot be computed so, or its file has more than the network.</exception>
    public static (IDetectorNetwork Network, string? Notice) CreateNetwork(this LoadedDetector detector, InferenceOptions options)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(options);
        return detector.Exported is null
            ? options.CreateNetwork(detector.Network, detector.Weights, detector.Quantization)
            : (ExportedDetector.OpenNetwork(detector, options), null);
    }
}
