using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>1x1, 3x3 and 1x1 convolution: the block of ResNet-50 and deeper. The stride is in the 3x3 (PyTorch style).</summary>
public sealed class Bottleneck : ResidualBlock
{
    /// <summary>Output channels in multiples of the inner channels.</summary>
    public const int Expansion = 4;

    readonly ConvNorm _reduce;
    readonly ConvNorm _spatial;
    readonly ConvNorm _expand;

    /// <summary>Creates the block.</summary>
    /// <param name="path">Its place, e.g. <c>backbone.layer1.0</c>.</param>
    /// <param name="norm">Kind of normalisation.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="channels">Channels of the 3x3 convolution; the output has four times as many.</param>
    /// <param name="stride">Step of the 3x3 convolution.</param>
    public Bottleneck(ParameterPath path, NormKind norm, int inChannels, int channels, int stride) : base(path)
    {
        var outChannels = channels * Expansion;
        _reduce = new ConvNorm(path / "conv1", path / NormName(norm, 1), norm, inChannels, channels, kernel: 1);
        _spatial = new ConvNorm(path / "conv2", path / NormName(norm, 2), norm, channels, channels, kernel: 3, stride);
        _expand = new ConvNorm(path / "conv3", path / NormName(norm, 3), norm, channels, outChannels, kernel: 1);
        Projection = Project(path, norm, inChannels, outChannels, stride);
    }

    /// <inheritdoc/>
    protected override ConvNorm? Projection { get; }

    internal override ConvNorm Last => _expand;

    /// <inheritdoc/>
    protected override Tensor Branch(Tensor x)
    {
        x = Functional.ReluInPlace(_reduce.Forward(x));
        x = Functional.ReluInPlace(_spatial.Forward(x));
        return _expand.Forward(x);
    }
}
