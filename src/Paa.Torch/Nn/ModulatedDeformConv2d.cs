using Paa.Checkpoints;

namespace Paa.Torch.Nn;

/// <summary>A convolution that learns where to look: a second convolution of the same input predicts, for each position and tap,
/// an offset and a factor.</summary>
/// <remarks>
/// Zhu et al., CVPR 2019 (DCNv2). Names and layout are those of mmcv's <c>ModulatedDeformConv2dPack</c>: <c>conv_offset</c> gives
/// first the offsets, then the logits of the factors.
/// </remarks>
public sealed class ModulatedDeformConv2d : Convolution
{
    readonly int _deformGroups;

    /// <summary>Adds the weights, and those of <c>conv_offset</c>.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="inChannels">Channels of the input, C.</param>
    /// <param name="outChannels">Channels of the result, D.</param>
    /// <param name="kernel">Side of the kernel, k.</param>
    /// <param name="options">Stride, groups, bias; null for the usual ones.</param>
    /// <param name="deformGroups">Groups of input channels with offsets of their own; divides C.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public ModulatedDeformConv2d(
        ParameterPath path, int inChannels, int outChannels, int kernel, ConvolutionOptions? options = null, int deformGroups = 1)
        : base(path, inChannels, outChannels, kernel, options ?? new())
    {
        if (deformGroups < 1 || inChannels % deformGroups != 0)
            throw new ArgumentException(
                $"{path.Name}: {inChannels} channels do not divide into {deformGroups} deformable groups.", nameof(deformGroups));
        _deformGroups = deformGroups;
        Offsets = new Conv2d(
            path / "conv_offset", inChannels, 3 * deformGroups * kernel * kernel, kernel, new() { Stride = Stride });
    }

    /// <summary>Predicts offsets and logits of factors: [N, C, H, W] to [N, 3 deformGroups k^2, H', W'].</summary>
    public Conv2d Offsets { get; }

    /// <summary>Weights as mmcv initialises them: uniform by the fan-in, no offsets, factors of one half.</summary>
    /// <param name="generator">Of the weights' device; null for the default one.</param>
    public void InitializeWeights(Generator? generator = null)
    {
        var limit = 1 / Math.Sqrt(Offsets.Weight.Count / Offsets.Weight.Size(0));
        Initialization.Uniform(Weight, limit, generator);
        if (Bias is not null) Initialization.Constant(Bias, 0);
        Initialization.Constant(Offsets.Weight, 0);
        Initialization.Constant(Offsets.Bias!, 0);
    }

    /// <inheritdoc/>
    protected override Tensor Convolve(Tensor input, Tensor weight, Tensor? bias, bool relu)
    {
        using var scope = new TensorScope();
        var predicted = Offsets.Forward(input).To(ScalarType.Float32);  // [N, 3 G k^2, H', W']; positions want all digits
        var split = predicted.Size(1) / 3 * 2;
        var offsets = predicted.Slice(1, 0, split);
        var mask = predicted.Slice(1, split, predicted.Size(1)).Sigmoid();
        var output = DeformableConvolution.Apply(input, offsets, mask, weight, bias, Stride, Padding, Groups, _deformGroups);
        return scope.Keep(relu ? Functional.ReluInPlace(output) : output);
    }
}
