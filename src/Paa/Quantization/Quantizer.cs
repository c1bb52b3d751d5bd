using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Engines;
using Paa.Imaging;
using Paa.Models;
using Paa.Options;

namespace Paa.Quantization;

/// <summary>Post-training quantisation: finds from images how a network can be computed on 8-bit integers.</summary>
/// <remarks>
/// Show it images, then ask for the result. It runs on oneDNN in single precision, with batch norm
/// folded. Dispose frees its copy of the weights.
/// </remarks>
public sealed class Quantizer : IDisposable
{
    readonly PaaDetector _network;
    readonly QuantizerOptions _options;
    readonly PlanWeights _weights;
    readonly Calibrator _calibrator;
    readonly List<(float[] Pixels, ImageSize Size)> _kept = [];      // for the errors

    /// <summary>Begins without images.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">Its parameters, by name. Borrowed.</param>
    /// <param name="options">How.</param>
    /// <exception cref="EngineException">oneDNN cannot compute this detector, or is missing, or has no integers to measure
    /// with.</exception>
    public Quantizer(PaaDetector network, StateDict weights, QuantizerOptions? options = null)
    {
        (_network, _options) = (network, options ?? new QuantizerOptions());
        if (InferenceEngine.OneDnn.Obstacle(network) is { } obstacle)
            throw new EngineException($"The network cannot be quantised: {obstacle}.");
        if (_options.SensitivityImages > 0 && InferenceEngine.OneDnn.Int8Obstacle(network) is { } int8Obstacle)
            throw new EngineException($"Errors of int8 cannot be measured: {int8Obstacle}. "
                + "Quantise on a machine with VNNI or AMX, or without sensitivity images (--sensitivity-images 0).");
        _weights = new PlanWeights(weights, PaaConfig.ComputeThreads(_options.ThreadCount));
        _calibrator = new Calibrator(network, _weights);
    }

    /// <summary>Takes an image into account, prepared as for testing.</summary>
    /// <param name="image">Any size. Borrowed.</param>
    /// <param name="data">Scale, normalisation and padding.</param>
    public void Observe(Image image, DataOptions data)
    {
        var transform = new ImageTransform(data.Normalization, data.SizeDivisor);
        var geometry = transform.Plan(new ImageSize(image.Height, image.Width), ImageView.Plain(data.Test));
        Observe(transform.Apply(image, geometry), geometry.PadShape);
    }

    /// <summary>Takes an image into account.</summary>
    /// <param name="pixels">Normalised RGB, [1, 3, H, W] in row order.</param>
    /// <param name="size">H and W.</param>
    public void Observe(ReadOnlySpan<float> pixels, ImageSize size)
    {
        _calibrator.Observe(pixels, size);
        if (_kept.Count < _options.SensitivityImages) _kept.Add((pixels.ToArray(), size));
    }

    /// <summary>Chooses scales, measures what each layer costs, and leaves those that cost too much in single
    /// precision.</summary>
    /// <param name="progress">Hears how many layers are measured, and of how many.</param>
    /// <param name="stop">Ends it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="InvalidOperationException">No image was seen.</exception>
    /// <exception cref="ArgumentException">No layer has a name that <see cref="QuantizerOptions.Keep"/> asks for.</exception>
    public QuantizationResult Quantize(Action<int, int>? progress = null, CancellationToken stop = default)
    {
        if (_calibrator.ImageCount == 0) throw new InvalidOperationException("Quantizer: no image was seen.");
        var maps = Maps();
        var image = _options.Normalization is { } norm
            ? ImageQuantization.Pixels(norm)
            : ImageQuantization.Range(_calibrator.Maps[PlanRecorder.InputName].Record.Statistics);
        var layers = Layers(image);
        string[] names = [.. _calibrator.Layers.Values.Select(layer => layer.Group).Distinct()];
        foreach (var start in _options.Keep)
            if (!names.Any(name => IsBelow(name, start)))
                throw new ArgumentException($"Quantizer: no layer is named {start} or lies below it.");

        var expected = Outputs(null);
        var sensitivities = new List<LayerSensitivity>();
        foreach (var name in names)
        {
            stop.ThrowIfCancellationRequested();
            var error = expected.Count == 0 ? (OutputError?)null : Error(expected, With(candidate => candidate == name));
            var isKept = error?.Total > _options.MaxLayerError || _options.Keep.Any(start => IsBelow(name, start));
            sensitivities.Add(new LayerSensitivity(name, error, isKept));
            progress?.Invoke(sensitivities.Count, names.Length);
        }
        string[] kept = [.. sensitivities.Where(layer => layer.IsKept).Select(layer => layer.Name)];
        var result = With(name => !kept.Contains(name));
        var total = expected.Count == 0 ? default : Error(expected, result);
        var calibration = result.Calibration with { KeptLayers = kept, ScoreError = total.Score, BoxError = total.Box };
        result = result with { Calibration = calibration };
        return new QuantizationResult(result, sensitivities, total);

        QuantizationParameters With(Func<string, bool> isInt8) => new(
            layers.Where(layer => isInt8(_calibrator.Layers[layer.Key].Group)).ToDictionary(), image, maps,
            new CalibrationSummary(_calibrator.ImageCount, _options.Method, [], 0, 0));
    }

    /// <summary>Frees the weights.</summary>
    public void Dispose()
    {
        _calibrator.Dispose();
        _weights.Dispose();
    }

    Dictionary<string, MapQuantization> Maps()
    {
        var result = new Dictionary<string, MapQuantization>();
        foreach (var (name, (record, isQuantized)) in _calibrator.Maps)
            if (isQuantized)
                result.Add(name, RangeSearch.Find(record.Statistics, _options.Method) ?? new MapQuantization(1, IsSigned: false));
        return result;
    }

    Dictionary<string, LayerQuantization> Layers(ImageQuantization image)
    {
        var result = new Dictionary<string, LayerQuantization>();
        foreach (var layer in _calibrator.Layers.Values)
        {
            var folded = layer.Fold();
            var means = InputMeans(layer);
            if (layer.Inputs.Contains(PlanRecorder.InputName))
            {
                folded = folded.ForIntegers(image);
                means = [.. means.Select((mean, c) => (mean * image.Multipliers[c]) + image.Offsets[c])];
            }
            var own = LayerQuantization.Of(folded.Weights.Span, folded.Outputs);
            if (_options.CorrectBias) own = own.WithCorrectedBias(folded.Weights.Span, means, folded.Kernel * folded.Kernel);
            result.Add(layer.Name, own);
        }
        return result;
    }

    /// <summary>Means of the input's channels over all the maps that a layer reads.</summary>
    double[] InputMeans(TracedLayer layer)
    {
        var records = layer.Inputs.ConvertAll(name => _calibrator.Maps[name].Record);
        var count = records.Sum(record => record.Count);
        return [.. Enumerable.Range(0, records[0].Means.Length)
            .Select(c => records.Sum(record => record.Means[c] * record.Count) / count)];
    }

    List<LevelOutput[]> Outputs(QuantizationParameters? quantization)
    {
        using var network = new CompiledNetwork(_network, _weights, quantization);
        return _kept.ConvertAll(image => network.Infer(image.Pixels, images: 1, image.Size)[0]);
    }

    OutputError Error(List<LevelOutput[]> expected, QuantizationParameters quantization)
    {
        var actual = Outputs(quantization);
        return OutputError.Mean([.. _kept.Select((image, i) =>
            OutputError.Between(expected[i], actual[i], _network.AnchorGenerator.Grid(image.Size)))]);
    }

    static bool IsBelow(string name, string start) => name == start || name.StartsWith(start + ".", StringComparison.Ordinal);
}

/// <summary>What a layer alone costs, computed on integers while all others are in single precision.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Error">Against the network in single precision; null if it was not measured.</param>
/// <param name="IsKept">Whether it stays in single precision.</param>
public sealed record LayerSensitivity(string Name, OutputError? Error, bool IsKept);

/// <summary>A quantised network and what it costs.</summary>
/// <param name="Parameters">The network.</param>
/// <param name="Layers">Every convolution, in the order of the network.</param>
/// <param name="Error">Of the whole quantised network; 0 if no image was set aside for it.</param>
public sealed record QuantizationResult(
    QuantizationParameters Parameters, IReadOnlyList<LayerSensitivity> Layers, OutputError Error);

/// <summary>How a network is quantised.</summary>
public sealed record QuantizerOptions
{
    /// <summary>How the ranges of maps are chosen.</summary>
    public RangeMethod Method { get; init; } = RangeMethod.Mse;

    /// <summary>How the images are normalised, so that integers stand for their pixels exactly; null: one step for their
    /// range.</summary>
    public NormalizationOptions? Normalization { get; init; }

    /// <summary>Whether the mean of every output is kept when weights are rounded.</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>
    /// Calibration images on which each layer's error is measured, with all others in single precision; 0: none is measured, and
    /// only <see cref="Keep"/> decides.
    /// </summary>
    public int SensitivityImages { get; init; } = 2;

    /// <summary>A layer that alone makes a larger <see cref="OutputError.Total"/> stays in single precision.</summary>
    public double MaxLayerError { get; init; } = 0.02;

    /// <summary>Layers that stay in single precision whatever their error; the start of a name stands for all below it.</summary>
    public IReadOnlyList<string> Keep { get; init; } = [];

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ThreadCount { get; init; }
}
