using System.Globalization;
using Paa.Dnn;
using Paa.Quantization;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Records a network's layers into a plan, in single precision or, where their steps are known, in 8-bit integers.</summary>
/// <remarks>
/// A map has the name of the layer that makes it; a layer that is used again, as the head's are on every level, makes
/// <c>NAME@1</c>, <c>NAME@2</c>, ... The input is <see cref="InputName"/>.
/// </remarks>
/// <param name="plan">An empty plan.</param>
/// <param name="weights">The engine's weights.</param>
/// <param name="quantization">What to compute in integers; null: nothing.</param>
/// <param name="trace">Hears of every layer and map.</param>
sealed class LayerRecorder(
    DnnPlan plan, EngineWeights weights, QuantizationParameters? quantization = null, NetworkTrace? trace = null)
{
    /// <summary>Name of the input map.</summary>
    public const string InputName = "image";

    readonly Dictionary<string, int> _uses = [];
    DnnMap _input;

    /// <summary>For the layers that have no weights, and whose maps need no step of their own.</summary>
    public DnnPlan Plan => plan;

    /// <summary>The input, [N, channels, height, width].</summary>
    public DnnMap Input(int channels, int height, int width)
    {
        _input = plan.Input(channels, height, width);
        if (quantization is not null) plan.QuantizeInput(quantization.Image.Scales, quantization.Image.Offsets);
        trace?.AddMap(InputName, _input, isQuantized: false);
        return _input;
    }

    /// <summary>A convolution with the layer's own weights, then residual.</summary>
    public DnnMap Convolution(Convolution layer, DnnMap x, DnnMap? residual = null) =>
        Convolution(layer, () => FoldedLayer.Of(layer), x, residual: residual);

    /// <summary>A convolution with weights that are made from the layer's, then residual and ReLU.</summary>
    /// <param name="layer">Tells stride, padding and groups.</param>
    /// <param name="make">Makes them.</param>
    /// <param name="x">[N, C, H, W].</param>
    /// <param name="relu">Whether negative results become 0.</param>
    /// <param name="residual">Added before that.</param>
    /// <param name="name">Whose weights these are; left out: the layer's.</param>
    /// <exception cref="DnnException">The layer is deformable.</exception>
    public DnnMap Convolution(Convolution layer, Func<FoldedLayer> make, DnnMap x, bool relu = false,
        DnnMap? residual = null, string? name = null)
    {
        name ??= layer.Path.Name;
        if (layer is not Conv2d) throw new DnnException($"{name}: this kind of layer cannot be compiled.");
        trace?.AddLayer(name, x, make);
        var own = weights.Of(name, make, layer.Groups, quantization?.Layers.GetValueOrDefault(name),
            x == _input ? quantization?.Image : null);
        return Named(name, plan.Convolution(x, own, layer.Stride, layer.Padding, relu, residual));
    }

    /// <summary>A group norm, then ReLU or nothing.</summary>
    public DnnMap GroupNorm(GroupNorm layer, DnnMap x, bool relu = false) => Named(layer.Path.Name, plan.GroupNorm(
        x, layer.Groups, layer.Weight.ToArray<float>(), layer.Bias.ToArray<float>(), relu: relu));

    /// <summary>act(first + second).</summary>
    public DnnMap Add(string name, DnnMap first, DnnMap second, bool relu) => Named(name, plan.Add(first, second, relu));

    /// <summary>The largest value of each window. Kept in integers, it has the step of what it was made from.</summary>
    public DnnMap MaxPool(string name, DnnMap x, int kernel, int stride, int padding)
    {
        var map = plan.MaxPool(x, kernel, stride, padding);
        trace?.AddMap(name, map, isQuantized: false);
        return map;
    }

    DnnMap Named(string name, DnnMap map)
    {
        var use = _uses[name] = _uses.GetValueOrDefault(name, -1) + 1;
        if (use > 0) name = string.Create(CultureInfo.InvariantCulture, $"{name}@{use}");
        if (quantization?.Maps.GetValueOrDefault(name) is { } own) plan.Quantize(map, own.Step, own.IsSigned);
        trace?.AddMap(name, map, isQuantized: true);
        return map;
    }
}
