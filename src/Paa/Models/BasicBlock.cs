using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Two 3x3 convolutions: the block of ResNet-18 and 34.</summary>
public sealed class BasicBlock : ResidualBlock
{
    readonly ConvNorm _first;
    readonly ConvNorm _second;

    /// <summary>Creates the block.</summary>
    /// <param name="path">Its place, e.g. <c>backbone.layer1.0</c>.</param>
    /// <param name="norm">Kind of normalisation.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="channels">Channels of both convolutions and of the output.</param>
    /// <param name="stride">Step of the first convolution.</param>
    public BasicBlock(ParameterPath path, NormKind norm, int inChannels, int channels, int stride) : base(path)
    {
        _first = new ConvNorm(path / "conv1", path / NormName(norm, 1), norm, inChannels, channels, kernel: 3, stride);
        _second = new ConvNorm(path / "conv2", path / NormName(norm, 2), norm, channels, channels, kernel: 3);
        Projection = Project(path, norm, inChannels, channels, stride);
    }

    internal override ConvNorm? Projection { get; }

    internal override IReadOnlyList<ConvNorm> Layers => [_first, _second];

    /// <inheritdoc/>
    protected override Tensor Branch(Tensor x) => _second.Forward(_first.Forward(x, relu: true));

    private protected override DnnMap RecordBranch(LayerRecorder recorder, DnnMap x, DnnMap shortcut) =>
        _second.Record(recorder, _first.Record(recorder, x, relu: true), relu: true, residual: shortcut);
}
