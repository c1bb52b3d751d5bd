using System.Globalization;
using Paa.Dnn;
using Paa.Options;

namespace Paa.Engines;

/// <summary>How a network is computed on 8-bit integers: which layers, and what an integer stands for in each map and
/// weight.</summary>
/// <param name="Layers">Convolutions computed on integers, by the name of their weights; all others stay in single
/// precision.</param>
/// <param name="Image">The input.</param>
/// <param name="Maps">Maps that may be kept in integers, by name.</param>
/// <param name="Calibration">Where the numbers come from.</param>
public sealed record QuantizationParameters(
    IReadOnlyDictionary<string, LayerQuantization> Layers, ImageQuantization Image,
    IReadOnlyDictionary<string, MapQuantization> Maps, CalibrationSummary Calibration);

/// <summary>Names of maps, as quantisation knows them: that of the layer that makes one; a layer that is used again, as the
/// head's are on every level, makes <c>NAME@1</c>, <c>NAME@2</c>, ...</summary>
sealed class MapNames
{
    readonly Dictionary<string, int> _uses = [];

    /// <summary>The name of the next map of a layer.</summary>
    public string Next(string layer) => Count(layer) is > 0 and var use ? Numbered(layer, use) : layer;

    /// <summary>The name of a layer that has weights of its own each time: <c>NAME@0</c>, <c>NAME@1</c>, ...</summary>
    public string OfOwnWeights(string layer) => Numbered(layer, Count(layer));

    /// <summary>The name of a layer's result before a residual is added.</summary>
    public static string Summand(string layer) => layer + ".summand";

    static string Numbered(string name, int use) => string.Create(CultureInfo.InvariantCulture, $"{name}@{use}");

    /// <summary>How often a name was used before.</summary>
    int Count(string name) => _uses[name] = _uses.GetValueOrDefault(name, -1) + 1;
}

/// <summary>The 8-bit weights of a convolution: the weights of output o are <c>integer * Scales[o]</c>.</summary>
/// <param name="Scales">[outputs], above 0.</param>
/// <param name="BiasShift">[outputs], added to the bias: what rounding the weights takes from the mean of each output.</param>
/// <remarks>The integers follow from weights and scales: <see cref="Round"/>.</remarks>
public sealed record LayerQuantization(float[] Scales, float[] BiasShift)
{
    const float Most = sbyte.MaxValue;

    /// <summary>Scales such that the largest weight of each output becomes 127.</summary>
    /// <param name="weights">[outputs, ...] in row order.</param>
    /// <param name="outputs">Number of outputs.</param>
    public static LayerQuantization Of(ReadOnlySpan<float> weights, int outputs)
    {
        var scales = new float[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var largest = 0f;
            foreach (var weight in Row(weights, o, outputs)) largest = MathF.Max(largest, MathF.Abs(weight));
            scales[o] = largest > float.MinValue && largest / Most > 0 ? largest / Most : 1;   // weights of 0: any scale
        }
        return new LayerQuantization(scales, new float[outputs]);
    }

    /// <summary>The integers of weights.</summary>
    /// <param name="weights">[outputs, ...] in row order.</param>
    public sbyte[] Round(ReadOnlySpan<float> weights)
    {
        var result = new sbyte[weights.Length];
        var length = weights.Length / Scales.Length;
        for (var i = 0; i < result.Length; i++)
            result[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / Scales[i / length]), -Most, Most);
        return result;
    }

    /// <summary>A bias with <see cref="BiasShift"/> added.</summary>
    /// <param name="bias">[outputs]; empty for none.</param>
    public float[] Correct(ReadOnlySpan<float> bias)
    {
        var result = (float[])BiasShift.Clone();
        for (var o = 0; o < bias.Length; o++) result[o] += bias[o];
        return result;
    }

    /// <summary>
    /// With the bias that makes up for rounding: an output's mean moves by what its weights were moved, times the means of the
    /// inputs (Nagel et al., ICCV 2019, section 4.2, with measured means; borders are taken as if they had them, too).
    /// </summary>
    /// <param name="weights">[outputs, inputs / groups, k, k] in row order.</param>
    /// <param name="means">[inputs], mean of each channel of the input.</param>
    /// <param name="taps">k * k.</param>
    public LayerQuantization WithCorrectedBias(ReadOnlySpan<float> weights, ReadOnlySpan<double> means, int taps)
    {
        var outputs = Scales.Length;
        var length = weights.Length / outputs;
        var groupInputs = length / taps;
        var groupOutputs = outputs / (means.Length / groupInputs);
        var integers = Round(weights);
        var shift = new float[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var own = means.Slice(o / groupOutputs * groupInputs, groupInputs);
            double moved = 0;
            for (var i = 0; i < length; i++)
            {
                var w = (o * length) + i;
                moved += ((integers[w] * (double)Scales[o]) - weights[w]) * own[i / taps];
            }
            shift[o] = (float)-moved;
        }
        return this with { BiasShift = shift };
    }

    static ReadOnlySpan<float> Row(ReadOnlySpan<float> weights, int output, int outputs)
    {
        var length = weights.Length / outputs;
        return weights.Slice(output * length, length);
    }
}

/// <summary>What the integers of a map stand for: value = scale * integer.</summary>
/// <param name="Scale">Above 0.</param>
/// <param name="IsSigned">Integers of -127 to 127, else 0 to 255.</param>
public sealed record MapQuantization(float Scale, bool IsSigned);

/// <summary>What the integers of the input stand for: integer = value * Multipliers[c] + Offsets[c], 0 to 255.</summary>
/// <remarks>With the deviations and means of the normalisation the integers are the pixels, and nothing is lost.</remarks>
/// <param name="Multipliers">[channels], above 0.</param>
/// <param name="Offsets">[channels].</param>
public sealed record ImageQuantization(float[] Multipliers, float[] Offsets)
{
    /// <summary>The pixels that a normalisation was applied to.</summary>
    public static ImageQuantization Pixels(NormalizationOptions norm) =>
        new([.. norm.Std.Select(value => (float)value)], [.. norm.Mean.Select(value => (float)value)]);

    /// <summary>Integers for any values of the range that was seen, 0 in its middle.</summary>
    internal static ImageQuantization Range(MapStatistics seen)
    {
        const float middle = 128, most = 127;
        var multiplier = seen.Limit > 0 ? most / seen.Limit : 1;
        return new([.. seen.Means.Select(_ => multiplier)], [.. seen.Means.Select(_ => middle)]);
    }
}

/// <summary>How the range of a map is chosen; what lies beyond is clipped.</summary>
public enum RangeMethod
{
    /// <summary>The range of least mean squared error, of clipping and of rounding together.</summary>
    Mse,

    /// <summary>
    /// The range whose rounded distribution differs least from the values' (Kullback and Leibler's divergence), as in NVIDIA's
    /// TensorRT (Migacz, GTC 2017).
    /// </summary>
    Entropy,

    /// <summary>The range of 99.99 % of the values.</summary>
    Percentile,

    /// <summary>All values.</summary>
    Max,
}

/// <summary>How the numbers of a quantisation were found.</summary>
/// <param name="Images">Images that were looked at.</param>
/// <param name="Method">How the ranges of maps were chosen.</param>
/// <param name="KeptLayers">Layers that stay in single precision.</param>
/// <param name="ScoreError">Root mean square change of scores on some of these images, see <c>OutputError</c>.</param>
/// <param name="BoxError">Mean IoU that boxes lose there.</param>
public sealed record CalibrationSummary(
    int Images, RangeMethod Method, IReadOnlyList<string> KeptLayers, double ScoreError, double BoxError);
