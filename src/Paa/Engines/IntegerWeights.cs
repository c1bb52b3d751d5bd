using Paa.Checkpoints;
using Paa.Models;
using Paa.Options;

namespace Paa.Engines;

/// <summary>Weights of a quantised detector as its checkpoint holds them: 8-bit integers with a scale for each output.</summary>
/// <remarks>
/// A quantisation rounds <em>folded</em> weights, those times the factor of the batch norm behind them: folded = integer * step.
/// So the weights themselves are about integer * (step / factor), and the checkpoint holds those integers with that scale: read,
/// folded and rounded again they are the same integers. That is checked for every layer. Weights for which it is not so stay in
/// single precision: of the first layer, whose integers have the image's normalisation in them, and of the convolutions that
/// have other integers on each level.
/// </remarks>
static class IntegerWeights
{
    /// <summary>The weights with integers in the place of those that are computed as integers.</summary>
    /// <param name="weights">The parameters in single precision, by name. Borrowed.</param>
    /// <param name="network">Their network.</param>
    /// <param name="parameters">How it is quantised.</param>
    public static StateDict Of(StateDict weights, PaaDetector network, QuantizationParameters parameters)
    {
        var layers = network.Layers.OfType<ConvolutionLayer>().Where(layer => parameters.Layers.ContainsKey(layer.Name))
            .ToDictionary(layer => layer.WeightName);
        var result = new StateDict { Meta = weights.Meta, Attributes = weights.Attributes };
        foreach (var (name, tensor) in weights)
        {
            var own = layers.TryGetValue(name, out var layer) ? Of(layer, weights, parameters.Layers[layer.Name]) : null;
            result.Add(name, own ?? tensor);
        }
        return result;
    }

    /// <summary>The weights for single precision: what rounding took from the mean of each output is given back, as it is when
    /// integers are computed.</summary>
    /// <remarks>A convolution in front of a group norm has no number that could take it; the norm takes most of it out.</remarks>
    /// <param name="weights">The parameters, some of them in integers. Borrowed.</param>
    /// <param name="network">Their network.</param>
    /// <param name="parameters">How it is quantised.</param>
    public static StateDict WithCorrectedMeans(StateDict weights, PaaDetector network, QuantizationParameters parameters)
    {
        var shifts = new Dictionary<string, float[]>();
        foreach (var layer in network.Layers.OfType<ConvolutionLayer>())
            if (parameters.Layers.TryGetValue(layer.Name, out var own) && weights[layer.WeightName].IsQuantized)
            {
                if (layer.Norm is { Kind: NormKind.BN } norm) shifts.Add($"{norm.Name}.bias", own.BiasShift);
                else if (layer.HasBias) shifts.Add(layer.BiasName, own.BiasShift);
            }
        if (shifts.Count == 0) return weights;
        var result = new StateDict { Meta = weights.Meta, Attributes = weights.Attributes };
        foreach (var (name, tensor) in weights)
            result.Add(name, shifts.TryGetValue(name, out var shift) ? Sum(tensor, shift) : tensor);
        return result;
    }

    static StoredTensor Sum(StoredTensor tensor, float[] shift)
    {
        var values = tensor.ToArray<float>();
        if (values.Length != shift.Length) return tensor;
        for (var i = 0; i < values.Length; i++) values[i] += shift[i];
        return StoredTensor.From<float>(values, tensor.Shape);
    }

    /// <summary>The integers of a layer; null if they do not stand for its weights.</summary>
    static StoredTensor? Of(ConvolutionLayer layer, StateDict weights, LayerQuantization quantization)
    {
        var steps = quantization.Scales;
        if (layer.Offsets is not null || steps.Length != layer.OutChannels) return null;
        var raw = weights[layer.WeightName].ToArray<float>();
        var factors = FoldedConvolution.Factors(layer, weights);
        var folded = Folded(raw, factors);
        var expected = quantization.Round(folded);
        var (scales, integers) = ((float[])steps.Clone(), (sbyte[])expected.Clone());
        var length = raw.Length / steps.Length;
        for (var o = 0; o < steps.Length && factors is not null; o++)
        {
            var row = integers.AsSpan(o * length, length);
            scales[o] = steps[o] / MathF.Abs(factors[o]);
            if (factors[o] < 0) foreach (ref var integer in row) integer = (sbyte)-integer;
            if (scales[o] is > 0 and < float.PositiveInfinity) continue;
            var alone = LayerQuantization.Of(raw.AsSpan(o * length, length), outputs: 1);       // folded they are 0, or nearly so
            scales[o] = alone.Scales[0];
            alone.Round(raw.AsSpan(o * length, length)).CopyTo(row);
        }
        if (!Array.TrueForAll(scales, scale => scale > 0 && float.IsFinite(scale))) return null;
        var tensor = StoredTensor.Quantized(integers, scales, weights[layer.WeightName].Shape);
        var read = Folded(tensor.ToArray<float>(), factors);
        return IsNear(folded, read, steps) && quantization.Round(read).AsSpan().SequenceEqual(expected) ? tensor : null;
    }

    static float[] Folded(float[] weights, float[]? factors)
    {
        if (factors is null) return weights;
        var folded = new float[weights.Length];
        var length = weights.Length / factors.Length;
        for (var i = 0; i < folded.Length; i++) folded[i] = weights[i] * factors[i / length];
        return folded;
    }

    /// <summary>Whether no weight moved by more than its step: steps of other weights clip or blur these. Weights so near 0 that
    /// floats have few digits left may move further.</summary>
    static bool IsNear(float[] weights, float[] rounded, float[] steps)
    {
        const float smallestNormal = 1.17549435e-38f;
        var length = weights.Length / steps.Length;
        for (var i = 0; i < weights.Length; i++)
            if (!(MathF.Abs(weights[i] - rounded[i]) <= steps[i / length]) && steps[i / length] >= smallestNormal) return false;
        return true;
    }
}
