using Paa.Dnn;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Records a network's layers into a plan; their weights are handed to the engine once, whatever the number of plans.</summary>
/// <param name="engine">Holds the weights.</param>
/// <param name="plan">One of its plans.</param>
/// <param name="known">Weights that the engine has already, by their owner.</param>
sealed class LayerRecorder(DnnEngine engine, DnnPlan plan, Dictionary<object, ConvolutionWeights> known)
{
    /// <summary>For the layers that have no weights.</summary>
    public DnnPlan Plan => plan;

    /// <summary>A convolution with the layer's own weights, then residual.</summary>
    public DnnMap Convolution(Convolution layer, DnnMap x, DnnMap? residual = null) =>
        Convolution(layer, () => (layer.Weight, layer.Bias), x, residual: residual);

    /// <summary>A convolution with weights that are made from the layer's, then residual and ReLU.</summary>
    /// <param name="layer">Tells stride, padding and groups.</param>
    /// <param name="weights">Makes weight [D, C / groups, k, k] and bias [D].</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="residual">Added before that.</param>
    /// <param name="owner">Whose weights these are; left out: the layer's.</param>
    /// <exception cref="DnnException">The layer is deformable.</exception>
    public DnnMap Convolution(Convolution layer, Func<(Tensor Weight, Tensor? Bias)> weights, DnnMap x, bool relu = false,
        DnnMap? residual = null, object? owner = null)
    {
        if (layer is not Conv2d) throw new DnnException($"{layer.Path.Name}: this kind of layer cannot be compiled.");
        if (!known.TryGetValue(owner ?? layer, out var own))
            known.Add(owner ?? layer, own = Add(weights, layer.Groups));
        return plan.Convolution(x, own, layer.Stride, layer.Padding, relu, residual);
    }

    /// <summary>A group norm, then ReLU or nothing.</summary>
    public DnnMap GroupNorm(GroupNorm layer, DnnMap x, bool relu = false) => plan.GroupNorm(
        x, layer.Groups, layer.Weight.ToArray<float>(), layer.Bias.ToArray<float>(), relu: relu);

    ConvolutionWeights Add(Func<(Tensor Weight, Tensor? Bias)> make, int groups)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        var (weight, bias) = make();
        return engine.AddWeights(weight.ToArray<float>(), bias is null ? [] : bias.ToArray<float>(),
            outputs: (int)weight.Size(0), inputs: (int)weight.Size(1) * groups, kernel: (int)weight.Size(2), groups);
    }
}
