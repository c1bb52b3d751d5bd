namespace Paa.Torch.Nn;

/// <summary>A two-dimensional convolution with weights <c>weight</c> and, if wanted, <c>bias</c>; zeros until initialised.</summary>
public sealed class Conv2d : Convolution
{
    /// <summary>Adds the weights.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="inChannels">Channels of the input, C.</param>
    /// <param name="outChannels">Channels of the result, D.</param>
    /// <param name="kernel">Side of the kernel, k.</param>
    /// <param name="stride">Step, in pixels.</param>
    /// <param name="padding">Zeros around the input; half the kernel when left out, which keeps the size at stride 1.</param>
    /// <param name="groups">Independent groups of channels; divides C and D.</param>
    /// <param name="bias">Whether a number per channel is added.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public Conv2d(
        ParameterPath path, int inChannels, int outChannels, int kernel, int stride = 1, int? padding = null, int groups = 1, bool bias = true)
        : base(path, inChannels, outChannels, kernel, stride, padding, groups, bias)
    {
    }

    /// <inheritdoc/>
    protected override Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, bool relu) =>
        Functional.Conv2d(input, weight, bias, Stride, Padding, Groups, relu);
}
