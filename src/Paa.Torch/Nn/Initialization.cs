namespace Paa.Torch.Nn;

/// <summary>Random starts of weights.</summary>
public static class Initialization
{
    /// <summary>Normal with variance 2 / fan-out, for layers followed by a ReLU.</summary>
    /// <remarks>He et al., ICCV 2015, section 2.2; PyTorch's kaiming_normal_(mode='fan_out', nonlinearity='relu').</remarks>
    /// <param name="weight">[D, C, k, k] or [O, I]; overwritten.</param>
    /// <param name="generator">Of the weight's device; null for the default one.</param>
    public static void KaimingNormal(Tensor weight, Generator? generator = null) =>
        Normal(weight, Math.Sqrt(2.0 / Fans(weight).Out), generator);

    /// <summary>Uniform with variance 2 / (fan-in + fan-out).</summary>
    /// <remarks>Glorot and Bengio, AISTATS 2010, equation 16; PyTorch's xavier_uniform_.</remarks>
    /// <param name="weight">[D, C, k, k] or [O, I]; overwritten.</param>
    /// <param name="generator">Of the weight's device; null for the default one.</param>
    public static void XavierUniform(Tensor weight, Generator? generator = null)
    {
        var (fanIn, fanOut) = Fans(weight);
        Uniform(weight, Math.Sqrt(6.0 / (fanIn + fanOut)), generator);
    }

    /// <summary>Uniform around 0.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="limit">Largest magnitude.</param>
    /// <param name="generator">Of the weight's device; null for the default one.</param>
    public static void Uniform(Tensor weight, double limit, Generator? generator = null)
    {
        using var noGrad = new NoGrad();
        weight.UniformInPlace(-limit, limit, generator);
    }

    /// <summary>Normal with mean 0.</summary>
    /// <param name="weight">Overwritten.</param>
    /// <param name="std">Standard deviation.</param>
    /// <param name="generator">Of the weight's device; null for the default one.</param>
    public static void Normal(Tensor weight, double std, Generator? generator = null)
    {
        using var noGrad = new NoGrad();
        weight.NormalInPlace(0, std, generator);
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
