using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>A convolution without bias and the normalisation behind it.</summary>
/// <remarks>
/// Batch norm with stored statistics is folded into the convolution, inside the graph (see <see cref="Torch.Nn.Convolution"/>): the same map
/// with the same gradients, and nothing has to be saved for the norm's backward pass.
/// </remarks>
public sealed class ConvNorm : Module
{
    readonly GroupNorm? _groupNorm;

    /// <summary>Creates the pair with an ordinary convolution.</summary>
    /// <param name="convolution">Path of the convolution, e.g. <c>layer1.0.conv1</c>.</param>
    /// <param name="norm">Path of the normalisation, e.g. <c>layer1.0.bn1</c>.</param>
    /// <param name="kind">Batch norm, or group norm with 32 groups.</param>
    /// <param name="inChannels">Channels of the input.</param>
    /// <param name="outChannels">Channels of the output.</param>
    /// <param name="kernel">Side of the kernel; the padding is half of it.</param>
    /// <param name="stride">Step of the convolution.</param>
    public ConvNorm(
        ParameterPath convolution, ParameterPath norm, NormKind kind, int inChannels, int outChannels, int kernel, int stride = 1)
        : this(new Conv2d(convolution, inChannels, outChannels, kernel, stride, bias: false), norm, kind)
    {
    }

    /// <summary>Puts a norm behind a convolution.</summary>
    /// <param name="convolution">Without bias; part of the pair from now on.</param>
    /// <param name="norm">Path of the normalisation, e.g. <c>layer1.0.bn1</c>.</param>
    /// <param name="kind">Batch norm, or group norm with 32 groups.</param>
    public ConvNorm(Convolution convolution, ParameterPath norm, NormKind kind) : base(convolution.Path)
    {
        Convolution = convolution;
        var channels = (int)convolution.Weight.Size(0);
        if (kind == NormKind.BN) BatchNorm = new BatchNorm2d(norm, channels);
        else _groupNorm = new GroupNorm(norm, NormGroups, channels);
    }

    /// <summary>Groups of every group norm in PAA (Wu and He, ECCV 2018).</summary>
    internal const int NormGroups = 32;

    /// <summary>The first of the pair.</summary>
    internal Convolution Convolution { get; }

    /// <summary>How the batch norm behaves; null with group norm.</summary>
    internal BatchNorm2d? BatchNorm { get; }

    /// <summary>The convolution's weight, [outChannels, inChannels / groups, kernel, kernel]. Borrowed.</summary>
    internal Tensor Weight => Convolution.Weight;

    /// <summary>Scale of the normalisation, [outChannels]. Borrowed.</summary>
    internal Tensor Gain => (BatchNorm?.Weight ?? _groupNorm?.Weight)!;

    /// <summary>Convolves and normalises.</summary>
    /// <param name="x">[N, inChannels, H, W]. Borrowed.</param>
    /// <param name="relu">Whether max(x, 0) of the result is wanted.</param>
    /// <returns>[N, outChannels, H / stride, W / stride].</returns>
    public Tensor Forward(Tensor x, bool relu = false)
    {
        if (BatchNorm is not null) return Convolution.Forward(x, BatchNorm, relu);
        var normalized = _groupNorm!.Forward(Convolution.Forward(x));
        return relu ? Functional.ReluInPlace(normalized) : normalized;
    }

    /// <summary>What the layer behind makes of this one's result after a ReLU, from what <see cref="Convolution"/> gave; with less memory in
    /// training than one after the other.</summary>
    /// <param name="convolved">[N, outChannels, H, W]. Borrowed.</param>
    /// <param name="next">At stride 1; behind group norm.</param>
    internal Tensor ForwardThrough(Tensor convolved, Convolution next) => next is Conv2d plain
        ? ForwardThrough(convolved, plain.Weight, plain.Bias, plain.Padding)
        : next.Forward(Functional.ReluInPlace(_groupNorm!.Forward(convolved)));

    /// <inheritdoc cref="ForwardThrough(Tensor, Convolution)"/>
    internal Tensor ForwardThrough(Tensor convolved, Tensor weight, Tensor? bias, int padding) =>
        _groupNorm!.ForwardReluConv2d(convolved, weight, bias, padding);

    /// <summary>Records act(normalised convolution + residual); a batch norm is folded into the weights.</summary>
    internal DnnMap Record(LayerRecorder recorder, DnnMap x, bool relu = false, DnnMap? residual = null)
    {
        if (_groupNorm is null) return recorder.Convolution(Convolution, () => FoldedLayer.Of(Convolution, BatchNorm!), x, relu, residual);
        var convolved = recorder.Convolution(Convolution, x);
        return residual is { } shortcut
            ? recorder.Add(Convolution.Path.Name + ".sum", recorder.GroupNorm(_groupNorm, convolved), shortcut, relu)
            : recorder.GroupNorm(_groupNorm, convolved, relu);
    }
}
