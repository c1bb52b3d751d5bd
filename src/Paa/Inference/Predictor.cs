using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Dnn;
using Paa.Imaging;
using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Inference;

/// <summary>A trained detector as a function from an image to its objects.</summary>
/// <remarks>May be used from several threads at once. Dispose frees the weights.</remarks>
public sealed class Predictor : IDisposable
{
    readonly LoadedDetector _loaded;
    readonly IDetectorNetwork _network;
    readonly ImageTransform _transform;
    readonly Augmentation[] _views;
    readonly ThreadLocal<PostProcessor> _postProcessor; // it reuses its memory

    Predictor(LoadedDetector loaded, IDetectorNetwork network, string? notice, bool isAugmented)
    {
        (_loaded, _network, Notice) = (loaded, network, notice);
        var (model, data) = (loaded.Config.Model, loaded.Config.Data);
        _transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        _views = isAugmented ? TestViews.Augmented(data.TestTimeAugmentation, data.Test) : TestViews.Single(data.Test);
        _postProcessor = new(() => new PostProcessor(model.PostProcessing, model.Head.ClassCount, model.Profile));
    }

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => _loaded.Classes;

    /// <summary>How the detector was configured, or what its weights tell.</summary>
    public PaaConfig Config => _loaded.Config;

    /// <summary>Why a quantised detector is not computed in int8; null where it is, or is none.</summary>
    public string? Notice { get; }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="checkpoint">A file as for <see cref="DetectorFile.Load(string, Device, PaaConfig?)"/>.</param>
    /// <param name="device">Where the network shall run.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <param name="engine">What computes the network.</param>
    /// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
    /// <param name="precision">Whether a quantised detector is computed in int8.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="DnnException">The engine cannot compute this detector, or not in this precision.</exception>
    public static Predictor Load(
        string checkpoint, Device device = default, PaaConfig? config = null, InferenceEngine engine = InferenceEngine.Auto,
        bool isAugmented = false, InferencePrecision precision = InferencePrecision.Auto) =>
        Load(StateDict.Load(checkpoint), checkpoint, device, config, engine, isAugmented, precision);

    /// <summary>The same for weights that were read already.</summary>
    /// <param name="weights">What <see cref="StateDict.Load"/> returned.</param>
    /// <param name="checkpoint">Where from, for messages.</param>
    /// <param name="device">Where the network shall run.</param>
    /// <param name="config">Overrides the file's own configuration.</param>
    /// <param name="engine">What computes the network.</param>
    /// <param name="isAugmented">Look at every image in the ways of <c>data.tta</c>.</param>
    /// <param name="precision">Whether a quantised detector is computed in int8.</param>
    /// <returns>The caller owns it.</returns>
    /// <exception cref="DnnException">The engine cannot compute this detector, or not in this precision.</exception>
    public static Predictor Load(
        StateDict weights, string checkpoint, Device device = default, PaaConfig? config = null,
        InferenceEngine engine = InferenceEngine.Auto, bool isAugmented = false,
        InferencePrecision precision = InferencePrecision.Auto)
    {
        var loaded = DetectorFile.Load(weights, checkpoint, device, config);
        try
        {
            var network = engine.Create(loaded.Detector, loaded.Quantization, precision);
            return new Predictor(loaded, network, engine.Notice(loaded.Detector, loaded.Quantization, precision), isAugmented);
        }
        catch
        {
            loaded.Detector.Dispose();
            throw;
        }
    }

    /// <summary>Finds the objects of an image.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <returns>Detections in pixels of the image, classes in order, best first in each class.</returns>
    public Detection[] Predict(Image image)
    {
        ViewOutput[] outputs = [.. _views.Select(view => Look(image, view))];
        using var activity = PredictionActivity.Start(PredictionActivity.Select);
        return _postProcessor.Value!.Process(outputs, _loaded.Detector.Options.Head.ScoreVoting);
    }

    /// <summary>Runs the network on one view.</summary>
    ViewOutput Look(Image image, Augmentation view)
    {
        var geometry = _transform.Plan(
            new ImageSize(image.Height, image.Width), view.Scale, view.FlipHorizontal, view.FlipVertical);
        float[] pixels;
        using (PredictionActivity.Start(PredictionActivity.Prepare)) pixels = _transform.Apply(image, geometry);
        using var activity = PredictionActivity.Start(PredictionActivity.Network);
        var levels = _network.Infer(pixels, images: 1, geometry.PadShape)[0];
        return new ViewOutput(levels, _loaded.Detector.AnchorGenerator.Grid(geometry.PadShape), geometry);
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _postProcessor.Dispose();
        _network.Dispose();
        _loaded.Detector.Dispose();
    }
}
