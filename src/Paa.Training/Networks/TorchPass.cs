using Paa.Checkpoints;
using Paa.Models;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Training.Networks;

/// <summary>A feature map of libtorch, or what the next layer can make of one: group norm and ReLU may still be to do.</summary>
sealed class TorchMap
{
    readonly Tensor _tensor;
    Tensor? _value;

    /// <summary>A map.</summary>
    /// <param name="value">Owned by the current scope, or borrowed.</param>
    public TorchMap(Tensor value) => _tensor = _value = value;

    /// <summary>max(norm(convolved), 0), not computed yet.</summary>
    public TorchMap(Tensor convolved, GroupNorm norm) => (_tensor, PendingNorm) = (convolved, norm);

    /// <summary>The norm that is still to do; null for none.</summary>
    public GroupNorm? PendingNorm { get; }

    /// <summary>What <see cref="PendingNorm"/> is of.</summary>
    public Tensor Convolved => _tensor;

    /// <summary>The map.</summary>
    public Tensor Value => _value ??= Functional.ReluInPlace(PendingNorm!.Forward(_tensor));
}

/// <summary>One pass through a network on libtorch, in training or in inference.</summary>
/// <remarks>
/// Batch norm by stored statistics is folded into the convolution, inside the graph: the same map with the same gradients, and
/// nothing has to be saved for the norm's backward pass. Group norm and ReLU are computed together with the convolution that
/// reads them, which then keeps one map for the backward pass instead of two.
/// </remarks>
/// <param name="parameters">The network's parameters.</param>
/// <param name="layers">The modules of each convolution, by name.</param>
sealed class TorchPass(ParameterStore parameters, IReadOnlyDictionary<string, TorchLayer> layers) : INetworkEngine<TorchMap>
{
    readonly Dictionary<string, (Tensor Weight, Tensor Bias)> _pairs = [];

    /// <inheritdoc/>
    public TorchMap Convolution(ConvolutionLayer layer, TorchMap x, bool relu = false, TorchMap? residual = null)
    {
        var (convolution, batchNorm, groupNorm) = layers[layer.Name];
        var isFused = relu && residual is null;                      // the ReLU can be a part of the convolution or of the norm
        Tensor result;
        if (batchNorm is not null) result = convolution.Forward(x.Value, batchNorm, isFused);
        else if (x.PendingNorm is { } pending && convolution is Conv2d { Stride: 1, Groups: 1 })
            result = pending.ForwardReluConv2d(x.Convolved, convolution.Weight, convolution.Bias, convolution.Padding);
        else result = convolution.Forward(x.Value, isFused && groupNorm is null);

        if (groupNorm is not null && isFused) return new(result, groupNorm);
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
        var both = x.PendingNorm is { } pending                      // [N, D1 + D2, H, W]
            ? pending.ForwardReluConv2d(x.Convolved, pair.Weight, pair.Bias, first.Padding)
            : Functional.Conv2d(x.Value, pair.Weight, pair.Bias, padding: first.Padding);
        var deltas = both.Slice(1, 0, first.OutChannels).To(ScalarType.Float32);           // in mixed precision, too
        var rest = both.Slice(1, first.OutChannels, first.OutChannels + second.OutChannels);
        return (new(deltas * parameters[factor.FactorName].Tensor), new(rest));
    }

    /// <inheritdoc/>
    public TorchMap MaxPool(string name, TorchMap x, int kernel, int stride, int padding) =>
        new(Functional.MaxPool2d(x.Value, kernel, stride, padding));

    /// <inheritdoc/>
    public TorchMap Upsample(TorchMap x, TorchMap like) =>
        new(Functional.UpsampleNearest(x.Value, like.Value.Height, like.Value.Width));

    /// <inheritdoc/>
    public TorchMap Part(Func<TorchMap, TorchMap> part, TorchMap x, bool recompute = false)
    {
        var input = x.Value;                                         // before the scope, which would free it at its end
        if (recompute && NoGrad.IsRecording) return new(ActivationCheckpoint.Run(tensor => part(new(tensor)).Value, input));
        using var scope = new TensorScope();
        var result = part(x);
        scope.Keep(result.Convolved);
        return result;
    }

    /// <inheritdoc/>
    public TorchMap[] Part(Func<TorchMap[], TorchMap[]> part, TorchMap[] inputs)
    {
        foreach (var input in inputs) _ = input.Value;               // before the scope, as above
        using var scope = new TensorScope();
        var results = part(inputs);
        foreach (var result in results) scope.Keep(result.Convolved);
        return results;
    }
}
