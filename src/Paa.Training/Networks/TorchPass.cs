using Paa.Checkpoints;
using Paa.Models;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Training.Networks;

/// <summary>
/// A feature map of libtorch, plain or in blocks of channels, or what the next layer can make of one: group norm and ReLU may
/// still be to do.
/// </summary>
/// <param name="tensor">Owned by the current scope, or borrowed.</param>
/// <param name="pendingNorm">A norm, with ReLU, that is still to do; null for none.</param>
sealed class TorchMap(Tensor tensor, GroupNorm? pendingNorm = null)
{
    Tensor? _value = pendingNorm is null && !BlockedMaps.IsBlocked(tensor) ? tensor : null;

    /// <summary>The norm that is still to do; null for none.</summary>
    public GroupNorm? PendingNorm { get; } = pendingNorm;

    /// <summary>What <see cref="PendingNorm"/> is of, or the map, in its layout.</summary>
    public Tensor Convolved { get; } = tensor;

    /// <summary>Whether <see cref="Convolved"/> is in blocks (<see cref="BlockedMaps"/>).</summary>
    public bool IsBlocked { get; } = BlockedMaps.IsBlocked(tensor);

    /// <summary>Whether this is a map in blocks with nothing to do.</summary>
    public bool IsBlockedValue => IsBlocked && PendingNorm is null;

    /// <summary>Height of the map, in positions.</summary>
    public int Height => (int)Convolved.Size(2);                     // of both layouts

    /// <summary>Width of the map, in positions.</summary>
    public int Width => (int)Convolved.Size(3);

    /// <summary>The plain map, [N, C, H, W]. Of a map in blocks it is a copy that belongs to the current scope.</summary>
    public Tensor Value => _value ?? (IsBlocked ? Finish(BlockedMaps.ToPlain(Convolved)) : _value = Finish(Convolved));

    /// <summary>Computes what the current scope shall own, before an inner scope would.</summary>
    public void Settle()
    {
        if (!IsBlocked) _ = Value;
    }

    Tensor Finish(Tensor map) => PendingNorm is null ? map : Functional.ReluInPlace(PendingNorm.Forward(map));
}

/// <summary>One pass through a network on libtorch, in training or in inference.</summary>
/// <remarks>
/// Batch norm by stored statistics is folded into the convolution, inside the graph: the same map with the same gradients, and
/// nothing has to be saved for the norm's backward pass. Group norm and ReLU are computed together with the convolution that
/// reads them, which then keeps one map for the backward pass instead of two. Where it pays, maps stay in blocks from layer to
/// layer; what has no kernel for them gets a plain map.
/// </remarks>
/// <param name="parameters">The network's parameters.</param>
/// <param name="layers">The modules of each convolution, by name.</param>
/// <param name="inBlocks">Whether maps shall be in blocks: what <see cref="BlockedMaps.Suit"/> says of the images.</param>
sealed class TorchPass(ParameterStore parameters, IReadOnlyDictionary<string, TorchLayer> layers, bool inBlocks)
    : INetworkEngine<TorchMap>
{
    readonly Dictionary<string, (Tensor Weight, Tensor Bias)> _pairs = [];

    /// <inheritdoc/>
    public TorchMap Convolution(ConvolutionLayer layer, TorchMap x, bool relu = false, TorchMap? residual = null)
    {
        var (convolution, batchNorm, groupNorm) = layers[layer.Name];
        var isFused = relu && residual is null;                      // the ReLU can be a part of the convolution or of the norm
        if (groupNorm is not null && isFused) return new(Convolve(convolution, x, relu: false), groupNorm);
        if (CanBlock(convolution, x) && groupNorm is null && batchNorm is not { UsesBatchStatistics: true }
            && (residual is null || residual.IsBlockedValue))
            return new(ConvolveInBlocks(convolution, batchNorm, x, relu, residual?.Convolved));

        var result = batchNorm is null
            ? Convolve(convolution, x, isFused && groupNorm is null)
            : convolution.Forward(x.Value, batchNorm, isFused);
        if (BlockedMaps.IsBlocked(result)) result = BlockedMaps.ToPlain(result);
        if (groupNorm is not null) result = groupNorm.Forward(result);
        if (residual is not null) result = result.AddInPlace(residual.Value);
        return new(relu && !isFused ? Functional.ReluInPlace(result) : result);
    }

    /// <inheritdoc/>
    public (TorchMap First, TorchMap Second) ConvolutionPair(
        ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, TorchMap x)
    {
        if (!_pairs.TryGetValue(first.Name, out var pair))
        {
            var (one, other) = (layers[first.Name].Convolution, layers[second.Name].Convolution);
            pair = (Tensor.Concat([one.Weight, other.Weight], 0), Tensor.Concat([one.Bias!, other.Bias!], 0));
            _pairs.Add(first.Name, pair);
        }
        var both = x.PendingNorm is { } pending ? pending.ForwardReluConv2d(x.Convolved, pair.Weight, pair.Bias, first.Padding)
            : x.IsBlocked ? BlockedMaps.Conv2d(x.Convolved, pair.Weight, bias: pair.Bias, padding: first.Padding)
            : Functional.Conv2d(x.Value, pair.Weight, pair.Bias, padding: first.Padding);
        if (BlockedMaps.IsBlocked(both)) both = BlockedMaps.ToPlain(both);                  // [N, D1 + D2, H, W]
        var deltas = both.Slice(1, 0, first.OutChannels).To(ScalarType.Float32);           // in mixed precision, too
        var rest = both.Slice(1, first.OutChannels, first.OutChannels + second.OutChannels);
        return (new(deltas * parameters[factor.FactorName].Tensor), new(rest));
    }

    /// <inheritdoc/>
    public TorchMap MaxPool(string name, TorchMap x, int kernel, int stride, int padding) => new(x.IsBlockedValue
        ? BlockedMaps.MaxPool2d(x.Convolved, kernel, stride, padding)
        : Functional.MaxPool2d(x.Value, kernel, stride, padding));

    /// <inheritdoc/>
    public TorchMap Upsample(TorchMap x, TorchMap like) => new(x.IsBlockedValue
        ? BlockedMaps.UpsampleNearest(x.Convolved, like.Height, like.Width)
        : Functional.UpsampleNearest(x.Value, like.Height, like.Width));

    /// <inheritdoc/>
    public TorchMap Part(Func<TorchMap, TorchMap> part, TorchMap x, bool recompute = false)
    {
        if (recompute && NoGrad.IsRecording) return new(ActivationCheckpoint.Run(tensor => part(new(tensor)).Value, x.Value));
        x.Settle();
        using var scope = new TensorScope();
        var result = part(x);
        scope.Keep(result.Convolved);
        return result;
    }

    /// <inheritdoc/>
    public TorchMap[] Part(Func<TorchMap[], TorchMap[]> part, TorchMap[] inputs)
    {
        foreach (var input in inputs) input.Settle();
        using var scope = new TensorScope();
        var results = part(inputs);
        foreach (var result in results) scope.Keep(result.Convolved);
        return results;
    }

    /// <summary>Whether a convolution of a map can compute in blocks.</summary>
    bool CanBlock(Convolution convolution, TorchMap x) =>
        inBlocks && convolution is Conv2d { Groups: 1 } && (x.PendingNorm is null || x.IsBlocked && convolution.Stride == 1);

    /// <summary>Convolves with the layer's own weights, in blocks where that can be.</summary>
    Tensor Convolve(Convolution convolution, TorchMap x, bool relu)
    {
        if (CanBlock(convolution, x)) return ConvolveInBlocks(convolution, null, x, relu, null);
        if (x is { PendingNorm: { } pending, IsBlocked: false } && !relu && convolution is Conv2d { Stride: 1, Groups: 1 })
            return pending.ForwardReluConv2d(x.Convolved, convolution.Weight, convolution.Bias, convolution.Padding);
        return convolution.Forward(x.Value, relu);
    }

    /// <summary>Convolves; a norm by stored statistics is folded into the weights.</summary>
    static Tensor ConvolveInBlocks(Convolution convolution, BatchNorm2d? norm, TorchMap x, bool relu, Tensor? residual)
    {
        if (x.PendingNorm is { } pending && norm is null && !relu && residual is null)
            return pending.ForwardReluConv2d(x.Convolved, convolution.Weight, convolution.Bias, convolution.Padding);
        using var scope = new TensorScope();
        var input = x.PendingNorm is null ? x.Convolved : x.Value;
        var (scale, bias) = norm?.Fold() is { } fold
            ? (fold.Scale, convolution.Bias is null ? fold.Shift : convolution.Bias * fold.Scale + fold.Shift)
            : (null, convolution.Bias);
        return scope.Keep(BlockedMaps.Conv2d(
            input, convolution.Weight, scale, bias, residual, convolution.Stride, convolution.Padding, relu));
    }
}
