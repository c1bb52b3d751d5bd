using Paa.Quantization;
using Paa.Torch;

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

    /// <summary>Brings the tensors that <paramref name="make"/> gives to the host.</summary>
    public static FoldedLayer Read(Func<(Tensor Weight, Tensor? Bias)> make, int groups)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var (weight, bias) = make();
        return new FoldedLayer(weight.ToArray<float>(), bias?.ToArray<float>() ?? [],
            (int)weight.Size(0), (int)weight.Size(1) * groups, (int)weight.Size(2));
    }
}
