using Paa.Boxes;
using Paa.Options;

namespace Paa.Models;

/// <summary>What the head says, level by level, finest first.</summary>
/// <typeparam name="TMap">A feature map of an engine.</typeparam>
/// <param name="ClassLogits">Each [N, K, H, W].</param>
/// <param name="BoxDeltas">Each [N, 4, H, W]: dx, dy, dw, dh in units of <see cref="BoxCoder"/>.</param>
/// <param name="IouLogits">Each [N, 1, H, W]: predicted IoU with the object, before the sigmoid.</param>
public sealed record HeadOutputs<TMap>(TMap[] ClassLogits, TMap[] BoxDeltas, TMap[] IouLogits)
{
    /// <summary>The same outputs, map by map.</summary>
    public HeadOutputs<TOther> Select<TOther>(Func<TMap, TOther> convert) => new(
        [.. ClassLogits.Select(convert)], [.. BoxDeltas.Select(convert)], [.. IouLogits.Select(convert)]);
}

/// <summary>What the head says about one image on one pyramid level, on the host, in the layout of the network.</summary>
/// <param name="ClassLogits">[K, H, W].</param>
/// <param name="BoxDeltas">[4, H, W]: dx, dy, dw, dh in units of <see cref="BoxCoder"/>.</param>
/// <param name="IouLogits">[1, H, W]: predicted IoU with the object, before the sigmoid.</param>
/// <param name="Size">H and W.</param>
public readonly record struct LevelOutput(
    ReadOnlyMemory<float> ClassLogits, ReadOnlyMemory<float> BoxDeltas, ReadOnlyMemory<float> IouLogits, ImageSize Size);

/// <summary>The PAA head: a classification and a regression tower, shared by all levels.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.3: RetinaNet's head with group norm, and a branch that predicts the IoU of the box on the
/// regression tower. Names follow MMDetection, where the class derives from ATSS: <c>atss_centerness</c> is the IoU branch.
/// </remarks>
sealed class PaaHead
{
    /// <summary>Where every class score begins (Lin et al., ICCV 2017, section 3.3).</summary>
    const double PriorScore = 0.01;

    readonly ConvolutionLayer[] _classTower;
    readonly ConvolutionLayer[] _boxTower;
    readonly ConvolutionLayer _classLogits;
    readonly ConvolutionLayer _boxDeltas;
    readonly ConvolutionLayer _iouLogits;
    readonly ScaleLayer[] _scales;

    /// <summary>Describes the head.</summary>
    /// <param name="path">Its place, <c>bbox_head</c> in a detector.</param>
    /// <param name="inChannels">Width of the pyramid.</param>
    /// <param name="options">Classes, towers, strides.</param>
    public PaaHead(string path, int inChannels, HeadOptions options)
    {
        var width = options.TowerChannels;
        _classTower = Tower("cls_convs");
        _boxTower = Tower("reg_convs");
        _classLogits = Prediction("atss_cls", options.ClassCount) with { InitialBias = -Math.Log((1 - PriorScore) / PriorScore) };
        _boxDeltas = Prediction("atss_reg", 4);
        _iouLogits = Prediction("atss_centerness", 1);
        _scales = [.. options.Anchors.Strides.Select((_, i) => new ScaleLayer($"{path}.scales.{i}"))];

        ConvolutionLayer[] Tower(string name) => [.. Enumerable.Range(0, options.TowerDepth).Select(i =>
        {
            var layer = new ConvolutionLayer($"{path}.{name}.{i}.conv", i == 0 ? inChannels : width, width, Kernel: 3)
            {
                HasBias = false,
                Norm = new($"{path}.{name}.{i}.gn", NormKind.GN, width),
                Initialization = WeightInitialization.SmallNormal,
            };
            return options.DeformableLastConvolution && i == options.TowerDepth - 1 ? layer.Deform() : layer;
        })];

        ConvolutionLayer Prediction(string name, int channels) =>
            new($"{path}.{name}", options.TowerDepth == 0 ? inChannels : width, channels, Kernel: 3)
            {
                Initialization = WeightInitialization.SmallNormal,
            };
    }

    /// <summary>All layers, in the order of the <c>state_dict</c>.</summary>
    public IEnumerable<NetworkLayer> Layers => [.. _classTower, .. _boxTower, _classLogits, _boxDeltas, _iouLogits, .. _scales];

    /// <summary>Predicts on every level.</summary>
    /// <param name="engine">What computes.</param>
    /// <param name="levels">P3, P4, ..., each [N, inChannels, H, W].</param>
    /// <returns>Logits and deltas of every level; deltas are multiplied by the level's factor.</returns>
    /// <exception cref="ArgumentException">The number of levels is not the number of strides.</exception>
    public HeadOutputs<TMap> Forward<TMap>(INetworkEngine<TMap> engine, ReadOnlySpan<TMap> levels) where TMap : class
    {
        if (levels.Length != _scales.Length)
            throw new ArgumentException($"PaaHead: {_scales.Length} pyramid levels expected, got {levels.Length}.");
        var outputs = new HeadOutputs<TMap>(new TMap[levels.Length], new TMap[levels.Length], new TMap[levels.Length]);
        for (var i = 0; i < levels.Length; i++)
        {
            outputs.ClassLogits[i] = engine.Convolution(_classLogits, Run(_classTower, levels[i]));
            (outputs.BoxDeltas[i], outputs.IouLogits[i]) =
                engine.ConvolutionPair(_boxDeltas, _scales[i], _iouLogits, Run(_boxTower, levels[i]));
        }
        return outputs;

        TMap Run(ConvolutionLayer[] tower, TMap level) =>
            engine.Part(x => tower.Aggregate(x, (map, layer) => engine.Convolution(layer, map, relu: true)), level);
    }
}
