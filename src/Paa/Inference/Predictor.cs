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
    readonly ThreadLocal<PostProcessor> _postProcessor; // it reuses its memory

    Predictor(LoadedDetector loaded, InferenceOptions options)
    {
        _loaded = loaded;
        (_network, Notice) = options.CreateNetwork(loaded.Network, loaded.Weights, loaded.Quantization);
        var (model, data) = (loaded.Config.Model, loaded.Config.Data);
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _views = ImageView.ForTesting(data.Test, options.TestTimeAugmentation ? data.TestTimeAugmentation : null);
        _postProcessor = new(() => new PostProcessor(model.PostProcessing, model.Head.ClassCount, model.Profile));
    }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => _loaded.Classes;

    /// <summary>How the detector was configured, or what its weights tell.</summary>
    public PaaConfig Config => _loaded.Config;

    /// <summary>Why a quantised detector is not computed in int8; null where it is, or is none.</summary>
    public string? Notice { get; }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="checkpoint">A file as for <see cref="DetectorFile.Load(string, PaaConfig?)"/>.</param>
    /// <param name="options">How it is computed; null: by oneDNN on all cores.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">It is not of a PAA detector.</exception>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Predictor Load(string checkpoint, InferenceOptions? options = null, PaaConfig? config = null) =>
        new(DetectorFile.Load(checkpoint, config), options ?? new InferenceOptions());

    /// <summary>The same for a detector that was read already.</summary>
    /// <param name="detector">The detector. Held.</param>
    /// <param name="options">How it is computed; null: by oneDNN on all cores.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="EngineException">No engine can compute this detector, or not in this precision.</exception>
    public static Predictor Of(LoadedDetector detector, InferenceOptions? options = null) =>
        new(detector, options ?? new InferenceOptions());

    /// <summary>Finds the objects of an image.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <returns>Detections in pixels of the image, classes in order, best first in each class.</returns>
    public Detection[] Predict(Image image)
    {
        ViewOutput[] outputs = [.. _views.Select(view => Look(image, view))];
        using var activity = PredictionActivity.Start(PredictionActivity.Select);
        return _postProcessor.Value!.Process(outputs, _loaded.Network.Options.Head.ScoreVoting);
    }

    /// <summary>Runs the network on one view.</summary>
    ViewOutput Look(Image image, ImageView view)
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
