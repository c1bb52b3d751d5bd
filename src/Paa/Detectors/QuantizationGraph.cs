using Paa.Checkpoints;
using Paa.Engines;
using Paa.Imaging;

namespace Paa.Detectors;

/// <summary>A quantisation as it stands in a checkpoint, as <see cref="PaaMeta.Quantization"/>.</summary>
static class QuantizationGraph
{
    const long Version = 1;

    /// <summary>What is written.</summary>
    public static PickleDict Write(QuantizationParameters parameters)
    {
        var layers = new PickleDict { IsOrderedDict = true };
        foreach (var (name, layer) in parameters.Layers)
            layers.Add(name, new PickleDict { { "steps", Vector(layer.Scales) }, { "bias_shift", Vector(layer.BiasShift) } });
        var maps = new PickleDict { IsOrderedDict = true };
        foreach (var (name, map) in parameters.Maps)
            maps.Add(name, new PickleDict { { "step", (double)map.Scale }, { "signed", map.IsSigned } });
        var calibration = parameters.Calibration;
        return new PickleDict
        {
            { "version", Version },
            { "layers", layers },
            {
                "image", new PickleDict
                {
                    { "scales", Vector(parameters.Image.Multipliers) }, { "offsets", Vector(parameters.Image.Offsets) },
                }
            },
            { "maps", maps },
            { "images", (long)calibration.Images },
            { "method", calibration.Method.ToString().ToLowerInvariant() },
            { "kept_layers", new PickleTuple([.. calibration.KeptLayers]) },
            { "score_error", calibration.ScoreError },
            { "box_error", calibration.BoxError },
        };
    }

    /// <summary>What a checkpoint says; null if it is in single precision.</summary>
    /// <param name="meta">Of the checkpoint.</param>
    /// <param name="path">For messages.</param>
    /// <exception cref="CheckpointException">It is of a newer version, or damaged.</exception>
    public static QuantizationParameters? Read(CheckpointMeta meta, string path)
    {
        if (PaaMeta.Of(meta).Quantization is not { } graph) return null;
        var version = Value<long>(graph, "version");
        if (version != Version)
            throw new CheckpointException($"is quantised in version {version}; this program reads version {Version}.", path);
        var layers = new Dictionary<string, LayerQuantization>();
        foreach (var (name, layer) in Entries(graph, "layers"))
        {
            var (steps, shift) = (Numbers(layer, "steps"), Numbers(layer, "bias_shift"));
            if (shift.Length != steps.Length || !Array.TrueForAll(steps, IsStep) || !Array.TrueForAll(shift, float.IsFinite))
                throw Damaged($"layer {name}");
            layers.Add(name, new LayerQuantization(steps, shift));
        }
        var image = Value<PickleDict>(graph, "image");
        var (scales, offsets) = (Numbers(image, "scales"), Numbers(image, "offsets"));
        if (scales.Length != Image.Channels || offsets.Length != Image.Channels
            || !Array.TrueForAll(scales, IsStep) || !Array.TrueForAll(offsets, float.IsFinite))
            throw Damaged("image");
        var maps = new Dictionary<string, MapQuantization>();
        foreach (var (name, map) in Entries(graph, "maps"))
        {
            var step = (float)Value<double>(map, "step");
            if (!IsStep(step)) throw Damaged($"map {name}");
            maps.Add(name, new MapQuantization(step, Value<bool>(map, "signed")));
        }
        if (!Enum.TryParse<RangeMethod>(Value<string>(graph, "method"), ignoreCase: true, out var method))
            throw Damaged("method");
        var kept = Value<IReadOnlyList<object?>>(graph, "kept_layers").OfType<string>();
        return new QuantizationParameters(layers, new ImageQuantization(scales, offsets), maps, new CalibrationSummary(
            (int)Value<long>(graph, "images"), method, [.. kept], Value<double>(graph, "score_error"),
            Value<double>(graph, "box_error")));

        T Value<T>(PickleDict from, string key) => from.TryGet<T>(key, out var value) ? value : throw Damaged(key);

        IEnumerable<(string Name, PickleDict Value)> Entries(PickleDict from, string key) =>
            Value<PickleDict>(from, key).Select(pair =>
                pair is { Key: string name, Value: PickleDict value } ? (name, value) : throw Damaged(key));

        float[] Numbers(PickleDict from, string key) =>
            Value<StoredTensor>(from, key) is { Shape.Length: 1 } tensor ? tensor.ToArray<float>() : throw Damaged(key);

        CheckpointException Damaged(string what) =>
            new($"has a damaged quantisation: {what}. Quantise the detector again.", path);
    }

    static bool IsStep(float step) => step > 0 && float.IsFinite(step);

    static StoredTensor Vector(float[] values) => StoredTensor.From<float>(values, values.Length);
}
