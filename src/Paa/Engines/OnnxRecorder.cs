using Paa.Checkpoints;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Engines;

/// <summary>Records a network's layers into a graph of ONNX, for any number and size of images: in single precision, in half
/// precision, or in 8-bit integers where their scales are known.</summary>
/// <remarks>
/// Batch norm is folded into the weights, which keep the names of their layers. Integers are written as pairs of
/// <c>QuantizeLinear</c> and <c>DequantizeLinear</c> around layers (see <see cref="OnnxIntegers"/>), half precision as weights
/// and maps of that type, with the statistics of group norms in single precision.
/// </remarks>
/// <param name="graph">Where nodes go.</param>
/// <param name="weights">The network's parameters, by name. Borrowed, and read while layers are recorded.</param>
/// <param name="quantization">What to compute in integers; null: nothing.</param>
/// <param name="isHalf">Whether the rest is computed in half precision.</param>
sealed class OnnxRecorder(
    OnnxGraph graph, StateDict weights, QuantizationParameters? quantization = null, bool isHalf = false)
    : INetworkEngine<OnnxValue>
{
    readonly OnnxIntegers? _integers = quantization is null ? null : new OnnxIntegers(graph, quantization);
    readonly Dictionary<string, (OnnxValue Weights, OnnxValue? Bias)> _known = [];      // by the name of the layer
    readonly MapNames _names = new();

    /// <summary>The version of ONNX's operators that a network needs: deformable convolutions came late.</summary>
    public static int Opset(PaaDetector network) =>
        network.Layers.OfType<ConvolutionLayer>().Any(layer => layer.Offsets is not null) ? 19 : OnnxModel.DefaultOpset;

    /// <summary>Records a whole network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="images">Normalised RGB, [N, 3, H, W] in single precision.</param>
    /// <returns>Logits and deltas of every level, in single precision.</returns>
    public HeadOutputs<OnnxValue> Record(PaaDetector network, OnnxValue images)
    {
        if (_integers is not null) _integers.Image = images;
        var outputs = network.Forward(this, Cast(images, OnnxType.Float16));
        graph.Scope = "";
        return outputs.Select(map => Cast(map, OnnxType.Float32));
    }

    /// <inheritdoc/>
    public OnnxValue Convolution(ConvolutionLayer layer, OnnxValue x, bool relu = false, OnnxValue? residual = null)
    {
        FoldedConvolution Fold(Func<int, float[]> allocate) => FoldedConvolution.Of(layer, weights, allocate);
        if (layer.Norm is not { Kind: NormKind.GN } norm) return Convolution(layer, layer.Name, Fold, x, relu, residual);

        var convolved = Convolution(layer, layer.Name, Fold, x);
        var normalized = Named(norm.Name, Activation(GroupNorm(norm, Rounded(convolved)), relu && residual is null));
        if (residual is null) return normalized;
        graph.Scope = layer.Name;
        return Named(layer.Name + ".sum", Activation(graph.Node("Add", [normalized, residual]), relu));
    }

    /// <inheritdoc/>
    public (OnnxValue First, OnnxValue Second) ConvolutionPair(
        ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, OnnxValue x)
    {
        var both = Convolution(first, _names.OfOwnWeights(first.Name),
            allocate => FoldedConvolution.OfPair(first, factor, second, weights, allocate), x);
        var parts = graph.Nodes(
            "Split", 2, [both, graph.Vector<long>(first.OutChannels, second.OutChannels)], ("axis", 1));
        return (parts[0], parts[1]);
    }

    /// <inheritdoc/>
    /// <remarks>Kept in integers, the result has the scale of what it was made from.</remarks>
    public OnnxValue MaxPool(string name, OnnxValue x, int kernel, int stride, int padding)
    {
        graph.Scope = name;
        return Alike(x, graph.Node("MaxPool", [Rounded(x)], ("kernel_shape", Both(kernel)), ("strides", Both(stride)),
            ("pads", Around(padding))));
    }

    /// <inheritdoc/>
    /// <remarks>A position times the ratio of the sizes, rounded down, as PyTorch finds a neighbour.</remarks>
    public OnnxValue Upsample(OnnxValue x, OnnxValue like)
    {
        graph.Scope = "upsample";
        var (source, target) = (Rounded(x), Rounded(like));
        var sizes = graph.Node("Concat",
            [graph.Node("Shape", [source], ("end", 2)), graph.Node("Shape", [target], ("start", 2))], ("axis", 0));
        return Alike(x, graph.Node("Resize", [source, null, null, sizes], ("mode", "nearest"),
            ("coordinate_transformation_mode", "asymmetric"), ("nearest_mode", "floor")));
    }

    /// <summary>A convolution with folded weights, then residual and ReLU.</summary>
    OnnxValue Convolution(ConvolutionLayer layer, string name, Func<Func<int, float[]>, FoldedConvolution> fold, OnnxValue x,
        bool relu = false, OnnxValue? residual = null)
    {
        graph.Scope = layer.Name;
        var own = quantization?.Layers.GetValueOrDefault(name);
        var result = own is not null ? _integers!.Convolution(layer, name, fold, own, x)
            : layer.Offsets is null ? graph.Node("Conv", [x, .. Weights(name, fold)], Shape(layer, layer.Padding))
            : Deformable(layer, layer.Offsets, Weights(name, fold), x);
        if (residual is not null)
        {
            if (own is not null) result = _integers!.Summand(result, name, residual);
            result = graph.Node("Add", [result, Rounded(residual)]);
        }
        return Named(name, Activation(result, relu), isOfIntegers: own is not null);
    }

    /// <summary>A convolution whose taps move by what another one predicts (Zhu et al., CVPR 2019): channels of y and x for every
    /// tap, then one of its factor.</summary>
    OnnxValue Deformable(ConvolutionLayer layer, ConvolutionLayer offsets, OnnxValue?[] own, OnnxValue x)
    {
        var predicted = Convolution(offsets, offsets.Name, allocate => FoldedConvolution.Of(offsets, weights, allocate), x);
        var moves = 2L * offsets.OutChannels / 3;
        var parts = graph.Nodes("Split", 2, [predicted, graph.Vector(moves, offsets.OutChannels - moves)], ("axis", 1));
        var factors = graph.Node("Sigmoid", [parts[1]]);
        graph.Scope = layer.Name;
        return graph.Node("DeformConv", [x, own[0], parts[0], own.ElementAtOrDefault(1), factors],
            [.. Shape(layer, layer.Padding), ("offset_group", layer.OffsetGroups)]);
    }

    /// <summary>Group norm, whose groups are normalised as channels of an instance norm: of the ways to write it without an
    /// operator of its own the fastest in ONNX Runtime, and the one without cancellation in the variance.</summary>
    OnnxValue GroupNorm(NormLayer norm, OnnxValue x)
    {
        const int groups = NormLayer.Groups;
        graph.Scope = norm.Name;
        var grouped = graph.Node("Reshape", [Cast(x, OnnxType.Float32), graph.Vector<long>(0, groups, -1)]);
        var normalized = graph.Node("InstanceNormalization",
            [grouped, graph.Vector<float>([.. Enumerable.Repeat(1f, groups)]), graph.Vector<float>(new float[groups])],
            ("epsilon", NormLayer.Epsilon));
        var back = Cast(graph.Node("Reshape", [normalized, graph.Node("Shape", [x])]), OnnxType.Float16);
        if (!_known.TryGetValue(norm.Name, out var own))
        {
            own = (Parameter(norm.Name + ".weight"), Parameter(norm.Name + ".bias"));
            _known.Add(norm.Name, own);
        }
        return graph.Node("Add", [graph.Node("Mul", [back, own.Weights]), own.Bias]);

        OnnxValue Parameter(string name) => Constant(name, weights[name].ToArray<float>(), norm.Channels, 1, 1);
    }

    /// <summary>Weights of a layer, and its bias if it has one.</summary>
    OnnxValue?[] Weights(string name, Func<Func<int, float[]>, FoldedConvolution> fold)
    {
        if (!_known.TryGetValue(name, out var own))
        {
            var layer = fold(length => GC.AllocateUninitializedArray<float>(length));
            own = (Constant(name + ".weight", layer.Weights, layer.Dims),
                layer.Bias.Length > 0 ? Constant(name + ".bias", layer.Bias, layer.Outputs) : null);
            _known.Add(name, own);
        }
        return own.Bias is null ? [own.Weights] : [own.Weights, own.Bias];
    }

    OnnxValue Constant(string name, ReadOnlyMemory<float> values, params long[] dims)
    {
        if (!isHalf) return graph.Weights(name, values, dims);
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++) halves[i] = (Half)values.Span[i];
        return graph.Weights<Half>(name, halves, dims);
    }

    /// <summary>A value in the other precision, where both are in use.</summary>
    OnnxValue Cast(OnnxValue value, OnnxType type) => isHalf ? graph.Node("Cast", [value], ("to", type)) : value;

    OnnxValue Activation(OnnxValue value, bool relu) => relu ? graph.Node("Relu", [value]) : value;

    OnnxValue Named(string name, OnnxValue map, bool isOfIntegers = false)
    {
        _integers?.Add(map, _names.Next(name), isOfIntegers);
        return map;
    }

    OnnxValue Alike(OnnxValue source, OnnxValue map)
    {
        _integers?.AddLike(source, map);
        return map;
    }

    /// <summary>A map as its integers give it, where they are what its layer gives.</summary>
    OnnxValue Rounded(OnnxValue map) => _integers?.RoundedWhereFree(map) ?? map;

    /// <summary>The attributes of a convolution.</summary>
    internal static (string Name, OnnxAttribute Value)[] Shape(ConvolutionLayer layer, int padding) =>
    [
        ("kernel_shape", Both(layer.Kernel)), ("strides", Both(layer.Stride)), ("pads", Around(padding)), ("group", layer.Groups),
    ];

    static long[] Both(long size) => [size, size];

    static long[] Around(long padding) => [padding, padding, padding, padding];
}
