using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Options;

namespace Paa.Inference;

/// <summary>A trained detector as a function from an image to its objects.</summary>
/// <remarks>May be used from several threads at once. Dispose frees the weights.</remarks>
public sealed class Predictor : IDisposable
{
    readonly LoadedDetector _loaded;
    readonly IDetectorNetwork _network;
    readonly ImageTransform _transform;
    readonly ImageView[] _views;
    readonly ThreadLocal<PostProcessor> _postProcessor; // one per thread, because it reuses its memory

    Predictor(LoadedDetector loaded, InferenceOptions options)
    {
        _loaded = loaded;
        (_network, var notice) = options.CreateNetwork(loaded.Network, loaded.Weights, loaded.Quantization);
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
    /// <returns>The predictor, owned by the caller.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">The file does not contain a PAA detector.</exception>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Predictor Load(string checkpoint, InferenceOptions? options = null, PaaConfig? config = null) =>
        new(DetectorFile.Load(checkpoint, config), options ?? new InferenceOptions());

    /// <summary>Creates a predictor from a detector that has already been read.</summary>
    /// <param name="detector">The detector. Held.</param>
    /// <param name="options">Engine, precision and threads; null for oneDNN on all cores.</param>
    /// <returns>The predictor, owned by the caller.</returns>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Predictor Of(LoadedDetector detector, InferenceOptions? options = null) =>
        new(detector, options ?? new InferenceOptions());

    /// <summary>Detects the objects in an image.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <returns>Detections in pixels of the image, classes in order, best first in each class.</returns>
    public Detection[] Predict(Image image)
    {
        ViewOutput[] outputs = [.. _views.Select(view => Run(image, view))];
        using var activity = PredictionActivity.Start(PredictionActivity.Select);
        return _postProcessor.Value!.Process(outputs, _loaded.Network.Options.Head.ScoreVoting);
    }

    /// <summary>Runs the network on one view.</summary>
    ViewOutput Run(Image image, ImageView view)
    {
        var geometry = _transform.Plan(new ImageSize(image.Height, image.Width), view);
        float[] pixels;
        using (PredictionActivity.Start(PredictionActivity.Prepare)) pixels = _transform.Apply(image, geometry);
        using var activity = PredictionActivity.Start(PredictionActivity.Network);
        var levels = _network.Infer(pixels, images: 1, geometry.PadShape)[0];
        return new ViewOutput(levels, _loaded.Network.AnchorGenerator.Grid(geometry.PadShape), geometry);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _postProcessor.Dispose();
        _network.Dispose();
    }
}
