using Paa.Quantization;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>A convolution on the host, with the norm behind it in its weights.</summary>
/// <param name="Weights">[outputs, inputs / groups, kernel, kernel] in row order.</param>
/// <param name="Bias">[outputs]; empty for none.</param>
/// <param name="Outputs">Channels of the result.</param>
/// <param name="Inputs">Channels of the input, of all groups.</param>
/// <param name="Kernel">Side of the kernel.</param>
sealed record FoldedLayer(float[] Weights, float[] Bias, int Outputs, int Inputs, int Kernel)
{
    /// <summary>The layer that gives the same result from the integers of an input, whose padding stands for 0.</summary>
    public FoldedLayer ForIntegers(ImageQuantization image)
    {
        var taps = Kernel * Kernel;
        var (weights, bias) = (new float[Weights.Length], new float[Outputs]);
        for (var o = 0; o < Outputs; o++)
        {
            double sum = Bias.Length > 0 ? Bias[o] : 0;
            for (var i = 0; i < Inputs * taps; i++)
            {
                var w = (o * Inputs * taps) + i;
                weights[w] = Weights[w] / image.Scales[i / taps];
                sum -= (double)weights[w] * image.Offsets[i / taps];
            }
            bias[o] = (float)sum;
        }
        return this with { Weights = weights, Bias = bias };
    }

    /// <summary>A convolution as it is.</summary>
    public static FoldedLayer Of(Convolution layer)
    {
        var weight = layer.Weight;
        return new FoldedLayer(weight.ToArray<float>(), layer.Bias?.ToArray<float>() ?? [],
            (int)weight.Size(0), (int)weight.Size(1) * layer.Groups, (int)weight.Size(2));
    }

    /// <summary>A convolution and the batch norm behind it, which uses its stored statistics.</summary>
    public static FoldedLayer Of(Convolution layer, BatchNorm2d norm)
    {
        var (scale, shift) = norm.FoldOnHost();
        var plain = Of(layer);
        for (var o = 0; o < plain.Bias.Length; o++) shift[o] += plain.Bias[o] * scale[o];
        return plain.Scaled(scale) with { Bias = shift };
    }

    /// <summary>The layer that gives a multiple of the result.</summary>
    public FoldedLayer Times(float factor) =>
        Scaled([.. Enumerable.Repeat(factor, Outputs)]) with { Bias = [.. Bias.Select(bias => bias * factor)] };

    /// <summary>One layer for this result and, in further channels, that of another one on the same input; both with a bias or both
    /// without.</summary>
    public FoldedLayer Beside(FoldedLayer other) =>
        this with { Weights = [.. Weights, .. other.Weights], Bias = [.. Bias, .. other.Bias], Outputs = Outputs + other.Outputs };

    /// <summary>Every weight times the factor of its output.</summary>
    FoldedLayer Scaled(float[] factors)
    {
        var weights = (float[])Weights.Clone();
        for (var o = 0; o < Outputs; o++)
        {
            var own = weights.AsSpan(o * (weights.Length / Outputs), weights.Length / Outputs);
            foreach (ref var weight in own) weight *= factors[o];
        }
        return this with { Weights = weights };
    }
}
