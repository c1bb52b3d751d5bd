using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>A convolution without bias and the normalisation behind it.</summary>
/// <remarks>
/// Batch norm with stored statistics is folded into the convolution, inside the graph (see <see cref="Conv2d"/>): the same map
/// with the same gradients, and nothing has to be saved for the norm's backward pass.
/// </remarks>
public sealed class ConvNorm : Module
{
    readonly Conv2d _convolution;
    readonly BatchNorm2d? _batchNorm;
    readonly GroupNorm? _groupNorm;

    /// <summary>Creates the pair.</summary>
    /// <param name="convolution">Path of the convolution, e.g. <c>layer1.0.conv1</c>.</param>
    /// <param name="norm">Path of the normalisation, e.g. <c>layer1.0.bn1</c>.</param>
    /// <param name="kind">Batch norm, or group norm with 32 groups.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel; the padding is half of it.</param>
    /// <param name="stride">Step of the convolution.</param>
    public ConvNorm(
        ParameterPath convolution, ParameterPath norm, NormKind kind, int inChannels, int outChannels, int kernel, int stride = 1)
        : base(convolution)
    {
        _convolution = new Conv2d(convolution, inChannels, outChannels, kernel, stride, bias: false);
        if (kind == NormKind.BN) _batchNorm = new BatchNorm2d(norm, outChannels);
        else _groupNorm = new GroupNorm(norm, NormGroups, outChannels);
    }

    /// <summary>Groups of every group norm in PAA (Wu and He, ECCV 2018).</summary>
    internal const int NormGroups = 32;

    /// <summary>The convolution's weight, [outChannels, inChannels, kernel, kernel]. Borrowed.</summary>
    internal Tensor Weight => _convolution.Weight;

    /// <summary>Scale of the normalisation, [outChannels]. Borrowed.</summary>
    internal Tensor Gain => (_batchNorm?.Weight ?? _groupNorm?.Weight)!;

    /// <summary>How the batch norm behaves; null with group norm.</summary>
    internal BatchNorm2d? BatchNorm => _batchNorm;

    /// <summary>Convolves and normalises.</summary>
    /// <param name="x">[N, inChannels, H, W]. Borrowed.</param>
    /// <returns>[N, outChannels, H / stride, W / stride].</returns>
    public Tensor Forward(Tensor x) =>
        _batchNorm is null ? _groupNorm!.Forward(_convolution.Forward(x)) : _convolution.Forward(x, _batchNorm);
}
