using Paa.Dnn;
using Paa.Models;
using Paa.Options;

namespace Paa.Engines;

/// <summary>Some channels of a map of a plan; all of them unless two convolutions were recorded as one.</summary>
/// <param name="Map">The map.</param>
/// <param name="FirstChannel">The first of these channels.</param>
/// <param name="Channels">Their number.</param>
sealed record PlanMap(DnnMap Map, int FirstChannel, int Channels)
{
    /// <summary>A whole map.</summary>
    public PlanMap(DnnMap map) : this(map, 0, map.Channels)
    {
    }

    /// <summary>The values of these channels for one of the images of a run.</summary>
    /// <param name="values">Of the whole map, [images, C, H, W].</param>
    /// <param name="image">Its index.</param>
    /// <param name="images">Number of images.</param>
    public ReadOnlyMemory<float> Of(float[] values, int image, int images)
    {
        var area = Map.Height * Map.Width;
        return values.AsMemory(image * (values.Length / images) + FirstChannel * area, Channels * area);
    }
}

/// <summary>Records a network's layers into a plan of oneDNN, in single precision or, where their scales are known, in 8-bit
/// integers.</summary>
/// <remarks>
/// Batch norm is folded into the weights; ReLU and residual are done by the convolution itself. Maps are called as
/// <see cref="MapNames"/> says, the input <see cref="InputName"/>.
/// </remarks>
/// <param name="plan">An empty plan.</param>
/// <param name="weights">The network's weights.</param>
/// <param name="quantization">What to compute in integers; null: nothing.</param>
/// <param name="trace">Hears of every layer and map; null: nobody does.</param>
sealed class PlanRecorder(DnnPlan plan, PlanWeights weights, QuantizationParameters? quantization = null, PlanTrace? trace = null)
    : INetworkEngine<PlanMap>
{
    /// <summary>Name of the input map.</summary>
    public const string InputName = "image";

    readonly MapNames _names = new();
    DnnMap _input;

    /// <summary>The input, [N, channels, height, width].</summary>
    public PlanMap Input(int channels, int height, int width)
    {
        _input = plan.Input(channels, height, width);
        if (quantization is not null) plan.QuantizeInput(quantization.Image.Multipliers, quantization.Image.Offsets);
        trace?.AddMap(InputName, _input, isQuantized: false);
        return new(_input);
    }

    /// <inheritdoc/>
    /// <exception cref="DnnException">The layer is deformable.</exception>
    public PlanMap Convolution(ConvolutionLayer layer, PlanMap x, bool relu = false, PlanMap? residual = null)
    {
        if (layer.Offsets is not null) throw new DnnException($"{layer.Name}: a deformable convolution cannot be compiled.");
        FoldedConvolution Fold(Func<int, float[]> allocate) => FoldedConvolution.Of(layer, weights.Values, allocate);
        if (layer.Norm is not { Kind: NormKind.GN } norm)
            return new(Convolution(layer, layer.Name, Fold, x.Map, relu, residual?.Map));

        var convolved = Convolution(layer, layer.Name, Fold, x.Map);
        var (scale, shift) = (weights.Read(norm.Name + ".weight"), weights.Read(norm.Name + ".bias"));
        var normalized = Named(norm.Name, plan.GroupNorm(
            convolved, NormLayer.Groups, scale, shift, NormLayer.Epsilon, relu && residual is null));
        return new(residual is null ? normalized : Named(layer.Name + ".sum", plan.Add(normalized, residual.Map, relu)));
    }

    /// <inheritdoc/>
    public (PlanMap First, PlanMap Second) ConvolutionPair(
        ConvolutionLayer first, ScaleLayer factor, ConvolutionLayer second, PlanMap x)
    {
        var name = _names.OfOwnWeights(first.Name);
        var map = Convolution(
            first, name, allocate => FoldedConvolution.OfPair(first, factor, second, weights.Values, allocate), x.Map);
        return (new(map, 0, first.OutChannels), new(map, first.OutChannels, second.OutChannels));
    }

    /// <inheritdoc/>
    /// <remarks>Kept in integers, the result has the scale of what it was made from.</remarks>
    public PlanMap MaxPool(string name, PlanMap x, int kernel, int stride, int padding)
    {
        var map = plan.MaxPool(x.Map, kernel, stride, padding);
        trace?.AddMap(name, map, isQuantized: false);
        return new(map);
    }

    /// <inheritdoc/>
    public PlanMap Upsample(PlanMap x, PlanMap like) => new(plan.Resize(x.Map, like.Map.Height, like.Map.Width));

    /// <summary>A convolution with folded weights, then residual and ReLU.</summary>
    DnnMap Convolution(ConvolutionLayer layer, string name, Func<Func<int, float[]>, FoldedConvolution> fold, DnnMap x,
        bool relu = false, DnnMap? residual = null)
    {
        trace?.AddLayer(name, x, fold);
        var own = weights.Of(
            name, fold, quantization?.Layers.GetValueOrDefault(name), x == _input ? quantization?.Image : null);
        if (trace is null || residual is null)
            return Named(name, plan.Convolution(x, own, layer.Stride, layer.Padding, relu, residual));
        // For engines that round the summand, too, its range is of interest.
        var summand = Named(MapNames.Summand(name), plan.Convolution(x, own, layer.Stride, layer.Padding));
        return Named(name, plan.Add(summand, residual.Value, relu));
    }

    DnnMap Named(string name, DnnMap map)
    {
        name = _names.Next(name);
        if (quantization?.Maps.GetValueOrDefault(name) is { } own) plan.Quantize(map, own.Scale, own.IsSigned);
        trace?.AddMap(name, map, isQuantized: true);
        return map;
    }
}

/// <summary>The layers and maps of a network, in the order in which they were recorded into a plan.</summary>
sealed class PlanTrace
{
    readonly Dictionary<DnnMap, string> _names = [];
    readonly OrderedDictionary<string, TracedLayer> _layers = [];
    readonly List<TracedMap> _maps = [];

    /// <summary>Convolutions by the name of their weights.</summary>
    public IReadOnlyDictionary<string, TracedLayer> Layers => _layers;

    /// <summary>Maps that have a name.</summary>
    public IReadOnlyList<TracedMap> Maps => _maps;

    /// <summary>A map was recorded.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="map">The map.</param>
    /// <param name="isQuantized">Whether it has a scale of its own.</param>
    public void AddMap(string name, DnnMap map, bool isQuantized)
    {
        _names.Add(map, name);
        _maps.Add(new TracedMap(name, map, isQuantized));
    }

    /// <summary>A convolution is recorded.</summary>
    /// <param name="name">Of its weights.</param>
    /// <param name="input">A map that has a name.</param>
    /// <param name="fold">Makes the weights, in an array of at least the length that it asks for.</param>
    public void AddLayer(string name, DnnMap input, Func<Func<int, float[]>, FoldedConvolution> fold)
    {
        if (!_layers.TryGetValue(name, out var layer))
            _layers.Add(name, layer = new TracedLayer(name, () => fold(length => new float[length]), []));
        layer.Inputs.Add(_names[input]);
    }
}

/// <summary>A named map.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Map">In the plan that was traced.</param>
/// <param name="IsQuantized">Whether it has a scale of its own.</param>
sealed record TracedMap(string Name, DnnMap Map, bool IsQuantized);

/// <summary>A convolution.</summary>
/// <param name="Name">Of its weights.</param>
/// <param name="Fold">Makes them.</param>
/// <param name="Inputs">Names of the maps that it reads, one for each use.</param>
sealed record TracedLayer(string Name, Func<FoldedConvolution> Fold, List<string> Inputs)
{
    /// <summary>The layer that a user knows: where each level has weights of its own, they are one.</summary>
    public string Group => Name.Split('@')[0];
}
