using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>1x1, 3x3 and 1x1 convolution: the block of ResNet-50 and deeper. The stride is in the 3x3 (PyTorch style).</summary>
/// <remarks>In a ResNeXt the 3x3 is wider and has groups; it may be deformable in both.</remarks>
public sealed class Bottleneck : ResidualBlock
{
    /// <summary>Output channels in multiples of the inner channels.</summary>
    public const int Expansion = 4;

    readonly ConvNorm _reduce;
    readonly ConvNorm _spatial;
    readonly ConvNorm _expand;

    /// <summary>Creates the block.</summary>
    /// <param name="path">Its place, e.g. <c>backbone.layer1.0</c>.</param>
    /// <param name="options">Norm, widths, groups and deformable stages.</param>
    /// <param name="stage">Its stage, 0 for C2.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="stride">Step of the 3x3 convolution.</param>
    public Bottleneck(ParameterPath path, BackboneOptions options, int stage, int inChannels, int stride) : base(path)
    {
        var (norm, groups) = (options.Norm, options.Kind == BackboneKind.ResNeXt ? options.Groups : 1);
        var channels = options.BaseChannels << stage;
        var outChannels = channels * Expansion;
        var width = groups == 1 ? channels : (options.BaseWidth << stage) * groups;  // MMDetection: one group is a plain ResNet
        var deformable = options.DeformableStages[stage] ? options.Deformable : null;
        _reduce = new ConvNorm(path / "conv1", path / NormName(norm, 1), norm, inChannels, width, kernel: 1);
        Convolution spatial = deformable is null
            ? new Conv2d(path / "conv2", width, width, kernel: 3, stride, groups: groups, bias: false)
            : new ModulatedDeformConv2d(path / "conv2", width, width, kernel: 3, stride, groups, deformable.OffsetGroups, bias: false);
        _spatial = new ConvNorm(spatial, path / NormName(norm, 2), norm);
        _expand = new ConvNorm(path / "conv3", path / NormName(norm, 3), norm, width, outChannels, kernel: 1);
        Projection = Project(path, norm, inChannels, outChannels, stride);
    }

    internal override ConvNorm? Projection { get; }

    internal override IReadOnlyList<ConvNorm> Layers => [_reduce, _spatial, _expand];

    /// <inheritdoc/>
    protected override Tensor Branch(Tensor x) =>
        _expand.Forward(_spatial.Forward(_reduce.Forward(x, relu: true), relu: true));

    private protected override DnnMap RecordBranch(LayerRecorder recorder, DnnMap x, DnnMap shortcut)
    {
        x = _spatial.Record(recorder, _reduce.Record(recorder, x, relu: true), relu: true);
        return _expand.Record(recorder, x, relu: true, residual: shortcut);
    }
}
