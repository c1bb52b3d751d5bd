using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>The PAA head: a classification and a regression tower, shared by all levels.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.3: RetinaNet's head with group norm, and a branch that predicts the IoU of the box on the
/// regression tower. Names follow MMDetection, where the class derives from ATSS: <c>atss_centerness</c> is the IoU branch.
/// </remarks>
public sealed class PaaHead : Module
{
    readonly ConvNorm[] _classTower;
    readonly ConvNorm[] _boxTower;
    readonly Conv2d _classLogits;
    readonly Conv2d _boxDeltas;
    readonly Conv2d _iouLogits;
    readonly Tensor[] _scales;

    /// <summary>Creates the head.</summary>
    /// <param name="path">Its place, <c>bbox_head</c> in a detector.</param>
    /// <param name="inChannels">Width of the pyramid.</param>
    /// <param name="options">Classes, towers, strides.</param>
    public PaaHead(ParameterPath path, int inChannels, PaaHeadOptions options) : base(path)
    {
        var width = options.FeatChannels;
        _classTower = Tower("cls_convs");
        _boxTower = Tower("reg_convs");
        var last = options.StackedConvs == 0 ? inChannels : width;
        _classLogits = new Conv2d(path / "atss_cls", last, options.NumClasses, kernel: 3);
        _boxDeltas = new Conv2d(path / "atss_reg", last, 4, kernel: 3);
        _iouLogits = new Conv2d(path / "atss_centerness", last, 1, kernel: 3);
        _scales = [.. options.AnchorGenerator.Strides.Select((_, i) => (path / $"scales.{i}").AddParameter("scale", [], value: 1))];

        ConvNorm[] Tower(string name) => [.. Enumerable.Range(0, options.StackedConvs).Select(i => new ConvNorm(
            path / $"{name}.{i}.conv", path / $"{name}.{i}.gn", NormKind.GN, i == 0 ? inChannels : width, width, kernel: 3))];
    }

    /// <summary>Predicts on every level.</summary>
    /// <param name="levels">P3, P4, ..., each [N, inChannels, H, W]. Borrowed.</param>
    /// <returns>Logits and deltas of every level; deltas are scaled by the level's factor. The caller owns them.</returns>
    /// <exception cref="ShapeException">The number of levels is not the number of strides.</exception>
    public HeadOutputs Forward(ReadOnlySpan<Tensor> levels)
    {
        ShapeException.ThrowIfNotEqual(levels.Length, _scales.Length, "PaaHead: pyramid levels");
        using var scope = new TensorScope();
        var outputs = new HeadOutputs(new Tensor[levels.Length], new Tensor[levels.Length], new Tensor[levels.Length]);
        for (var i = 0; i < levels.Length; i++)
        {
            var classFeatures = Run(_classTower, levels[i]); // [N, width, H, W]
            var boxFeatures = Run(_boxTower, levels[i]);
            outputs.ClassLogits[i] = _classLogits.Forward(classFeatures);
            outputs.BoxDeltas[i] = _boxDeltas.Forward(boxFeatures) * _scales[i];
            outputs.IouLogits[i] = _iouLogits.Forward(boxFeatures);
        }
        scope.Keep(outputs.ClassLogits);
        scope.Keep(outputs.BoxDeltas);
        scope.Keep(outputs.IouLogits);
        return outputs;
    }

    static Tensor Run(ConvNorm[] tower, Tensor x)
    {
        foreach (var layer in tower) x = Functional.ReluInPlace(layer.Forward(x));
        return x;
    }

    /// <summary>Normal(0, 0.01) weights; the class bias makes every score start at 0.01 (Lin et al., ICCV 2017, section 3.3).</summary>
    internal void InitializeWeights()
    {
        const double deviation = 0.01;
        const double priorScore = 0.01;
        foreach (var layer in _classTower.Concat(_boxTower)) Initialization.Normal(layer.Weight, deviation);
        foreach (var layer in (Conv2d[])[_classLogits, _boxDeltas, _iouLogits])
        {
            Initialization.Normal(layer.Weight, deviation);
            Initialization.Constant(layer.Bias!, 0);
        }
        Initialization.Constant(_classLogits.Bias!, -Math.Log((1 - priorScore) / priorScore));
    }
}
