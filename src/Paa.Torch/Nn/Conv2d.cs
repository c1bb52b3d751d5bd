namespace Paa.Torch.Nn;

/// <summary>A two-dimensional convolution with weights <c>weight</c> and, if wanted, <c>bias</c>; zeros until initialised.</summary>
public sealed class Conv2d : Module
{
    readonly int _stride;
    readonly int _padding;

    /// <summary>Adds the weights.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="inChannels">Channels of the input, C.</param>
    /// <param name="outChannels">Channels of the result, D.</param>
    /// <param name="kernel">Side of the kernel, k.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Zeros around the input; half the kernel when left out, which keeps the size at stride 1.</param>
    /// <param name="bias">Whether a number per channel is added.</param>
    public Conv2d(ParameterPath path, int inChannels, int outChannels, int kernel, int stride = 1, int? padding = null, bool bias = true)
        : base(path)
    {
        _stride = stride;
        _padding = padding ?? kernel / 2;
        Weight = path.AddParameter("weight", [outChannels, inChannels, kernel, kernel]);
        Bias = bias ? path.AddParameter("bias", [outChannels]) : null;
    }

    /// <summary>[D, C, k, k], held by the store.</summary>
    public Tensor Weight { get; }

    /// <summary>[D], held by the store; null without bias.</summary>
    public Tensor? Bias { get; }

    /// <summary>Convolves.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <returns>[N, D, H / stride, W / stride], owned.</returns>
    public Tensor Forward(Tensor input) => Functional.Conv2d(input, Weight, Bias, _stride, _padding);

    /// <summary>Convolves and normalises. Stored statistics are folded into the weights first (w * gamma / sigma): the same values and
    /// gradients up to rounding, one pass over the image less, and nothing kept for the norm's backward.</summary>
    /// <param name="input">[N, C, H, W]. Borrowed.</param>
    /// <param name="norm">A norm of D channels.</param>
    /// <returns>[N, D, H / stride, W / stride], owned.</returns>
    public Tensor Forward(Tensor input, BatchNorm2d norm)
    {
        using var scope = new TensorScope();
        if (norm.UsesBatchStatistics) return scope.Keep(norm.Forward(Forward(input)));
        var (scale, shift) = norm.Fold();
        var weight = Weight * scale.Reshape(-1, 1, 1, 1);
        var bias = Bias is null ? shift : Bias * scale + shift;
        return scope.Keep(Functional.Conv2d(input, weight, bias, _stride, _padding));
    }
}
