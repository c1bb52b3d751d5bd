using Paa.Models;
using Paa.Onnx;

namespace Paa.Engines;

/// <summary>The layers of a graph that compute on 8-bit integers, written as every runtime knows them: maps pass
/// <c>QuantizeLinear</c> and <c>DequantizeLinear</c>, weights and biases only the latter, and what stands between is computed on
/// integers.</summary>
/// <remarks>
/// All maps are of 0 to 255, those with a sign around a middle of 128: ONNX Runtime has no convolution from one type to the
/// other. Its convolution rounds what it gives, so a summand is rounded before the residual is added, where a plan of oneDNN
/// rounds the sum alone.
/// </remarks>
/// <param name="graph">Where nodes go.</param>
/// <param name="quantization">Scales of maps and weights.</param>
sealed class OnnxIntegers(OnnxGraph graph, QuantizationParameters quantization)
{
    const int MostOfByte = byte.MaxValue;

    readonly Dictionary<OnnxValue, Steps> _steps = [];                  // of maps that have a scale
    readonly Dictionary<OnnxValue, OnnxValue> _rounded = [];
    readonly HashSet<OnnxValue> _ofIntegers = [];                        // maps whose layer can give integers at once
    readonly Dictionary<string, (FoldedConvolution Layer, OnnxValue Weights)> _layers = [];

    /// <summary>The input, whose integers are pixels.</summary>
    public OnnxValue? Image { get; set; }

    /// <summary>A map was made.</summary>
    /// <param name="map">The map.</param>
    /// <param name="name">Its name.</param>
    /// <param name="isOfIntegers">Whether its layer computes on integers.</param>
    public void Add(OnnxValue map, string name, bool isOfIntegers)
    {
        if (!quantization.Maps.TryGetValue(name, out var scale)) return;
        _steps[map] = Steps.Of(scale);
        if (isOfIntegers) _ofIntegers.Add(map);
    }

    /// <summary>A map was made of the values of another one.</summary>
    public void AddLike(OnnxValue source, OnnxValue map)
    {
        if (_steps.TryGetValue(source, out var steps)) _steps[map] = steps;
        if (_ofIntegers.Contains(source)) _ofIntegers.Add(map);
    }

    /// <summary>A map as its integers give it, if its layer gives integers at once; else the map.</summary>
    public OnnxValue RoundedWhereFree(OnnxValue map) => _ofIntegers.Contains(map) ? Rounded(map) : map;

    /// <summary>A convolution of integers.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="name">Of its weights.</param>
    /// <param name="fold">Makes them.</param>
    /// <param name="own">Their scales.</param>
    /// <param name="x">The input: the image, or a map that has a scale.</param>
    public OnnxValue Convolution(ConvolutionLayer layer, string name, Func<Func<int, float[]>, FoldedConvolution> fold,
        LayerQuantization own, OnnxValue x)
    {
        var isImage = x == Image;
        if (!_layers.TryGetValue(name, out var known))
        {
            var folded = fold(length => GC.AllocateUninitializedArray<float>(length));
            if (isImage) folded = folded.ForIntegers(quantization.Image);
            var weights = graph.Node("DequantizeLinear",
                [graph.Weights<sbyte>(name + ".weight", own.Round(folded.Weights.Span), folded.Dims),
                    graph.Weights<float>(name + ".weight_scale", own.Scales, [folded.Outputs])],
                ("axis", 0));
            known = (folded with { Weights = default, Bias = own.Correct(folded.Bias) }, weights);
            _layers.Add(name, known);
        }
        var (input, step) = isImage ? (Pixels(layer.Padding), 1) : (Rounded(x), StepsOf(x).Step);
        return graph.Node("Conv", [input, known.Weights, Bias(known.Layer.Bias, own.Scales, step)],
            OnnxRecorder.Shape(layer, isImage ? 0 : layer.Padding));
    }

    /// <summary>The result of a convolution in front of a residual, rounded so that convolution and sum can both be of
    /// integers.</summary>
    /// <param name="value">The result.</param>
    /// <param name="name">Of the layer, and of the sum.</param>
    /// <param name="residual">What will be added.</param>
    /// <returns>As it was given, if a scale is missing.</returns>
    public OnnxValue Summand(OnnxValue value, string name, OnnxValue residual)
    {
        if (!_ofIntegers.Contains(residual) || !quantization.Maps.TryGetValue(name, out var sum)) return value;
        // What lies beyond makes a sum beyond its range, whatever the residual is: clipping it loses nothing.
        var (all, other) = (Steps.Of(sum), StepsOf(residual));
        var needed = Steps.Between(all.Least - other.Most, all.Most - other.Least);
        var seen = quantization.Maps.TryGetValue(MapNames.Summand(name), out var scale) ? Steps.Of(scale) : needed;
        return Rounded(value, seen.Step < needed.Step ? seen : needed);
    }

    OnnxValue Rounded(OnnxValue map)
    {
        if (!_rounded.TryGetValue(map, out var rounded)) _rounded.Add(map, rounded = Rounded(map, StepsOf(map)));
        return rounded;
    }

    OnnxValue Rounded(OnnxValue value, Steps steps)
    {
        var (step, zero) = (graph.Constant(steps.Step), graph.Constant(steps.Zero));
        return graph.Node("DequantizeLinear", [graph.Node("QuantizeLinear", [value, step, zero]), step, zero]);
    }

    Steps StepsOf(OnnxValue map) => _steps.TryGetValue(map, out var steps)
        ? steps : throw new EngineException($"The network cannot be computed in int8: of the map {map.Name} no scale is known.");

    /// <summary>A bias as 32-bit integers, in the steps of the products that it is added to.</summary>
    OnnxValue Bias(float[] bias, float[] weightSteps, float inputStep)
    {
        var (integers, steps) = (new int[bias.Length], new float[bias.Length]);
        for (var o = 0; o < bias.Length; o++)
        {
            steps[o] = weightSteps[o] * inputStep;
            integers[o] = (int)Math.Clamp(Math.Round(bias[o] / (double)steps[o]), int.MinValue, int.MaxValue);
        }
        return graph.Node("DequantizeLinear", [graph.Vector<int>(integers), graph.Vector<float>(steps)], ("axis", 0));
    }

    /// <summary>The image as its pixels; around it what stands for a value of 0, which differs from channel to channel.</summary>
    OnnxValue Pixels(int padding)
    {
        var (scales, offsets) = (quantization.Image.Multipliers, quantization.Image.Offsets);
        var padded = graph.Node("Pad", [Image, graph.Vector<long>(0, 0, padding, padding, 0, 0, padding, padding)]);
        var pixels = graph.Node("Add",
            [graph.Node("Mul", [padded, graph.Constant<float>(scales, [scales.Length, 1, 1])]),
                graph.Constant<float>(offsets, [offsets.Length, 1, 1])]);
        return Rounded(pixels, new Steps(1, 0));
    }

    /// <summary>What the bytes of a map stand for: value = Step * (byte - Zero).</summary>
    readonly record struct Steps(float Step, byte Zero)
    {
        const byte Middle = 128;

        public float Least => -Zero * Step;

        public float Most => (MostOfByte - Zero) * Step;

        public static Steps Of(MapQuantization map) => new(map.Scale, map.IsSigned ? Middle : (byte)0);

        /// <summary>The finest steps that reach from a negative value to a positive one.</summary>
        public static Steps Between(float least, float most)
        {
            var step = (most - least) / MostOfByte;
            return new(step, (byte)Math.Clamp(MathF.Round(-least / step), 0, MostOfByte));
        }
    }
}
