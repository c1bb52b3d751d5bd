namespace Paa.Torch.Nn;

/// <summary>Random starts of weights, drawn with the default generator of the weight's device.</summary>
public static class Initialization
{
    /// <summary>Normal with variance 2 / fan-out, for layers followed by a ReLU.</summary>
    /// <remarks>He et al., ICCV 2015, section 2.2; PyTorch's kaiming_normal_(mode='fan_out', nonlinearity='relu').</remarks>
    /// <param name="weight">[D, C, k, k] or [O, I]; overwritten.</param>
    public static void KaimingNormal(Tensor weight) => Normal(weight, Math.Sqrt(2.0 / Fans(weight).Out));

    /// <summary>Uniform with variance 2 / (fan-in + fan-out).</summary>
    /// <remarks>Glorot and Bengio, AISTATS 2010, equation 16; PyTorch's xavier_uniform_.</remarks>
    /// <param name="weight">[D, C, k, k] or [O, I]; overwritten.</param>
    public static void XavierUniform(Tensor weight)
    {
        var (fanIn, fanOut) = Fans(weight);
        Uniform(weight, Math.Sqrt(6.0 / (fanIn + fanOut)));
    }

    /// <summary>Uniform around 0.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="limit">Largest magnitude.</param>
    public static void Uniform(Tensor weight, double limit)
    {
        using var noGrad = new NoGrad();
        weight.UniformInPlace(-limit, limit);
    }

    /// <summary>Normal with mean 0.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="std">Standard deviation.</param>
    public static void Normal(Tensor weight, double std)
    {
        using var noGrad = new NoGrad();
        weight.NormalInPlace(0, std);
    }

    /// <summary>One value everywhere.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="value">The value.</param>
    public static void Constant(Tensor weight, double value)
    {
        using var noGrad = new NoGrad();
        weight.FillInPlace(value);
    }

    static (long In, long Out) Fans(Tensor weight)
    {
        if (weight.Rank < 2) throw new ShapeException($"Initialization: a weight has at least two dimensions, got {weight}.");
        var receptiveField = weight.Count / (weight.Size(0) * weight.Size(1));
        return (weight.Size(1) * receptiveField, weight.Size(0) * receptiveField);
    }
}
