namespace Paa.Quantization;

/// <summary>The 8-bit weights of a convolution: the weights of output o are <c>integer * Steps[o]</c>.</summary>
/// <param name="Steps">[outputs], above 0.</param>
/// <param name="BiasShift">[outputs], added to the bias: what rounding the weights takes from the mean of each output.</param>
/// <remarks>The integers follow from weights and steps, so a file has no need to hold them.</remarks>
public sealed record LayerQuantization(float[] Steps, float[] BiasShift)
{
    const float Most = sbyte.MaxValue;

    /// <summary>Steps such that the largest weight of each output becomes 127.</summary>
    /// <param name="weights">[outputs, ...] in row order.</param>
    /// <param name="outputs">Number of outputs.</param>
    public static LayerQuantization Of(ReadOnlySpan<float> weights, int outputs)
    {
        var steps = new float[outputs];
        for (var o = 0; o < outputs; o++)
        {
            var largest = 0f;
            foreach (var weight in Row(weights, o, outputs)) largest = MathF.Max(largest, MathF.Abs(weight));
            steps[o] = largest > float.MinValue && largest / Most > 0 ? largest / Most : 1;   // weights of 0: any step
        }
        return new LayerQuantization(steps, new float[outputs]);
    }

    /// <summary>The integers of weights.</summary>
    /// <param name="weights">[outputs, ...] in row order.</param>
    public sbyte[] Round(ReadOnlySpan<float> weights)
    {
        var result = new sbyte[weights.Length];
        var length = weights.Length / Steps.Length;
        for (var i = 0; i < result.Length; i++)
            result[i] = (sbyte)Math.Clamp(MathF.Round(weights[i] / Steps[i / length]), -Most, Most);
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
        var outputs = Steps.Length;
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
                moved += ((integers[w] * (double)Steps[o]) - weights[w]) * own[i / taps];
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
