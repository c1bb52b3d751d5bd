using Paa.Checkpoints;
using Paa.Dnn;
using Paa.Models;
using Paa.Options;

namespace Paa.Engines;

/// <summary>An engine of oneDNN with the weights of a network: each handed over once, whatever the number of plans.</summary>
/// <remarks>Dispose frees them.</remarks>
/// <param name="values">The network's parameters, by name. Borrowed, and read while plans are recorded.</param>
/// <param name="threadCount">Threads that compute, at least 1.</param>
sealed class PlanWeights(StateDict values, int threadCount) : IDisposable
{
    readonly Dictionary<(string Name, bool IsInt8), ConvolutionWeights> _known = [];
    float[] _buffer = [];           // of the layer that is handed over: one after the other, not all at once

    /// <summary>Where plans are made.</summary>
    public DnnEngine Engine { get; } = new(threadCount);

    /// <summary>The parameters, by name.</summary>
    public StateDict Values => values;

    /// <summary>The elements of a parameter.</summary>
    public float[] Read(string name) => values[name].ToArray<float>();

    /// <summary>The weights of a layer.</summary>
    /// <param name="name">Of the layer.</param>
    /// <param name="fold">Makes them, in an array of at least the length that it asks for; called when they are first
    /// wanted.</param>
    /// <param name="quantization">Scales of its integers; null: in single precision.</param>
    /// <param name="image">The integers of the input, if that is what the layer reads in integers.</param>
    public ConvolutionWeights Of(string name, Func<Func<int, float[]>, FoldedConvolution> fold, LayerQuantization? quantization,
        ImageQuantization? image = null)
    {
        var key = (name, quantization is not null);
        if (_known.TryGetValue(key, out var own)) return own;
        var layer = fold(Buffer);
        if (quantization is not null && image is not null) layer = layer.ForIntegers(image);
        own = quantization is null
            ? Engine.AddWeights(layer.Weights.Span, layer.Bias, layer.Outputs, layer.Inputs, layer.Kernel, layer.Groups)
            : Engine.AddInt8Weights(quantization.Round(layer.Weights.Span), quantization.Scales, quantization.Correct(layer.Bias),
                layer.Outputs, layer.Inputs, layer.Kernel, layer.Groups);
        _known.Add(key, own);
        return own;
    }

    /// <summary>Frees the weights, when the last plan is gone.</summary>
    public void Dispose() => Engine.Dispose();

    float[] Buffer(int length)
    {
        if (_buffer.Length < length) _buffer = GC.AllocateUninitializedArray<float>(length);
        return _buffer;
    }
}

/// <summary>A convolution on the host, with the batch norm behind it in its weights.</summary>
/// <param name="Weights">[outputs, inputs / groups, kernel, kernel] in row order.</param>
/// <param name="Bias">[outputs]; empty for none.</param>
/// <param name="Outputs">Channels of the result.</param>
/// <param name="Inputs">Channels of the input, of all groups.</param>
/// <param name="Kernel">Side of the kernel.</param>
/// <param name="Groups">Groups that are convolved apart.</param>
sealed record FoldedConvolution(Memory<float> Weights, float[] Bias, int Outputs, int Inputs, int Kernel, int Groups)
{
    /// <summary>Sizes of the weights.</summary>
    public long[] Dims => [Outputs, Inputs / Groups, Kernel, Kernel];

    /// <summary>A convolution, with the batch norm behind it, if there is one, by its stored statistics.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="values">The network's parameters. Borrowed.</param>
    /// <param name="allocate">Gives an array of at least this length, which holds the weights.</param>
    public static FoldedConvolution Of(ConvolutionLayer layer, StateDict values, Func<int, float[]> allocate)
    {
        var weights = allocate((int)layer.WeightCount).AsMemory(0, (int)layer.WeightCount);
        values[layer.WeightName].ReadTo(weights.Span);
        float[] bias = layer.HasBias ? values[layer.BiasName].ToArray<float>() : [];
        var plain = new FoldedConvolution(weights, bias, layer.OutChannels, layer.InChannels, layer.Kernel, layer.Groups);
        if (Factors(layer, values) is not { } factors) return plain;
        var shift = values[$"{layer.Norm!.Name}.bias"].ToArray<float>();
        var mean = values[$"{layer.Norm.Name}.running_mean"].ToArray<float>();
        for (var o = 0; o < shift.Length; o++) shift[o] += ((bias.Length > 0 ? bias[o] : 0) - mean[o]) * factors[o];
        plain.MultiplyWeights(factors);
        return plain with { Bias = shift };
    }

    /// <summary>What the batch norm behind a convolution multiplies each output by, [outputs]; null if there is none.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="values">The network's parameters. Borrowed.</param>
    public static float[]? Factors(ConvolutionLayer layer, StateDict values)
    {
        if (layer.Norm is not { Kind: NormKind.BN } norm) return null;
        var factors = values[$"{norm.Name}.weight"].ToArray<float>();
        var variance = values[$"{norm.Name}.running_var"].ToArray<float>();
        for (var o = 0; o < factors.Length; o++) factors[o] /= MathF.Sqrt(variance[o] + NormLayer.Epsilon);
        return factors;
    }

    /// <summary>Two convolutions of one input as one, the first times a factor; both with a bias or both without.</summary>
    /// <param name="first">Its results come first.</param>
    /// <param name="factor">Of the first.</param>
    /// <param name="second">Apart from its width like the first.</param>
    /// <param name="values">The network's parameters. Borrowed.</param>
    /// <param name="allocate">As in <see cref="Of"/>.</param>
    public static FoldedConvolution OfPair(
        ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, StateDict values, Func<int, float[]> allocate)
    {
        var scale = values[factor.FactorName].ToArray<float>()[0];
        var (one, other) = (Of(first, values, length => new float[length]), Of(second, values, length => new float[length]));
        one.MultiplyWeights([.. Enumerable.Repeat(scale, one.Outputs)]);
        var length = one.Weights.Length + other.Weights.Length;
        var weights = allocate(length).AsMemory(0, length);
        one.Weights.CopyTo(weights);
        other.Weights.CopyTo(weights[one.Weights.Length..]);
        return one with
        {
            Weights = weights,
            Bias = [.. one.Bias.Select(bias => bias * scale), .. other.Bias],
            Outputs = one.Outputs + other.Outputs,
        };
    }

    /// <summary>The layer that gives the same result from the integers of an input, whose padding stands for 0.</summary>
    public FoldedConvolution ForIntegers(ImageQuantization image)
    {
        var taps = Kernel * Kernel;
        var (weights, bias) = (new float[Weights.Length], new float[Outputs]);
        for (var o = 0; o < Outputs; o++)
        {
            double sum = Bias.Length > 0 ? Bias[o] : 0;
            for (var i = 0; i < Inputs * taps; i++)
            {
                var w = (o * Inputs * taps) + i;
                weights[w] = Weights.Span[w] / image.Multipliers[i / taps];
                sum -= (double)weights[w] * image.Offsets[i / taps];
            }
            bias[o] = (float)sum;
        }
        return this with { Weights = weights, Bias = bias };
    }

    /// <summary>Multiplies every weight by the factor of its output.</summary>
    void MultiplyWeights(ReadOnlySpan<float> factors)
    {
        var length = Weights.Length / Outputs;
        for (var o = 0; o < Outputs; o++)
            foreach (ref var weight in Weights.Span.Slice(o * length, length)) weight *= factors[o];
    }
}
