using System.Globalization;
using Paa.Checkpoints;
using Paa.Dnn;
using Paa.Options;
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
    public PaaHead(ParameterPath path, int inChannels, HeadOptions options) : base(path)
    {
        var width = options.TowerChannels;
        _classTower = Tower("cls_convs");
        _boxTower = Tower("reg_convs");
        var last = options.TowerDepth == 0 ? inChannels : width;
        _classLogits = new Conv2d(path / "atss_cls", last, options.ClassCount, kernel: 3);
        _boxDeltas = new Conv2d(path / "atss_reg", last, 4, kernel: 3);
        _iouLogits = new Conv2d(path / "atss_centerness", last, 1, kernel: 3);
        _scales = [.. options.Anchors.Strides.Select((_, i) => (path / $"scales.{i}").AddParameter("scale", [], value: 1))];

        ConvNorm[] Tower(string name) => [.. Enumerable.Range(0, options.TowerDepth).Select(i => new ConvNorm(
            TowerConvolution(path / $"{name}.{i}.conv", i), path / $"{name}.{i}.gn", NormKind.GN))];

        Convolution TowerConvolution(ParameterPath place, int index)
        {
            var channels = index == 0 ? inChannels : width;
            return options.DeformableLastConvolution && index == options.TowerDepth - 1
                ? new ModulatedDeformConv2d(place, channels, width, kernel: 3, bias: false)
                : new Conv2d(place, channels, width, kernel: 3, bias: false);
        }
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
        // One convolution for both: so few channels cost little more together than each alone.
        var boxWeight = Tensor.Concat([_boxDeltas.Weight, _iouLogits.Weight], 0);
        var boxBias = Tensor.Concat([_boxDeltas.Bias!, _iouLogits.Bias!], 0);
        for (var i = 0; i < levels.Length; i++)
        {
            outputs.ClassLogits[i] = Predict(_classTower, levels[i], _classLogits.Weight, _classLogits.Bias!);
            var boxesAndIous = Predict(_boxTower, levels[i], boxWeight, boxBias); // [N, 5, H, W]
            outputs.BoxDeltas[i] = boxesAndIous.Slice(1, 0, 4).To(ScalarType.Float32) * _scales[i]; // also in mixed precision
            outputs.IouLogits[i] = boxesAndIous.Slice(1, 4, 5);
        }
        scope.Keep(outputs.ClassLogits);
        scope.Keep(outputs.BoxDeltas);
        scope.Keep(outputs.IouLogits);
        return outputs;
    }

    /// <summary>
    /// Records what <see cref="Forward"/> computes, two outputs a level: class logits [N, K, H, W], and box deltas with the IoU logit
    /// as a fifth channel, [N, 5, H, W]: one convolution serves both, with weights of its own on each level.
    /// </summary>
    internal void Record(LayerRecorder recorder, ReadOnlySpan<DnnMap> levels)
    {
        for (var i = 0; i < levels.Length; i++)
        {
            var (scale, classFeatures, boxFeatures) = (_scales[i].ToArray<float>()[0], levels[i], levels[i]);
            foreach (var layer in _classTower) classFeatures = layer.Record(recorder, classFeatures, relu: true);
            recorder.Plan.Output(recorder.Convolution(_classLogits, classFeatures));
            foreach (var layer in _boxTower) boxFeatures = layer.Record(recorder, boxFeatures, relu: true);
            recorder.Plan.Output(recorder.Convolution(_boxDeltas, () => BoxAndIou(scale), boxFeatures,
                name: string.Create(CultureInfo.InvariantCulture, $"{_boxDeltas.Path.Name}@{i}")));
        }
    }

    /// <summary>The two convolutions on the box tower as one, with the factor of a level.</summary>
    FoldedLayer BoxAndIou(float scale) => FoldedLayer.Of(_boxDeltas).Times(scale).Beside(FoldedLayer.Of(_iouLogits));

    /// <summary>A tower and the 3x3 convolution behind it.</summary>
    static Tensor Predict(ConvNorm[] tower, Tensor x, Tensor weight, Tensor bias)
    {
        if (tower.Length == 0) return Functional.Conv2d(x, weight, bias, padding: 1);
        using var scope = new TensorScope();
        x = tower[0].Convolution.Forward(x); // [N, width, H, W]
        for (var i = 1; i < tower.Length; i++) x = tower[i - 1].ForwardThrough(x, tower[i].Convolution);
        return scope.Keep(tower[^1].ForwardThrough(x, weight, bias, padding: 1));
    }

    /// <summary>Normal(0, 0.01) weights; the class bias makes every score start at 0.01 (Lin et al., ICCV 2017, section 3.3).</summary>
    internal void InitializeWeights()
    {
        const double deviation = 0.01;
        const double priorScore = 0.01;
        foreach (var layer in _classTower.Concat(_boxTower))
            if (layer.Convolution is ModulatedDeformConv2d deformable) deformable.InitializeWeights();
            else Initialization.Normal(layer.Weight, deviation);
        foreach (var layer in (Conv2d[])[_classLogits, _boxDeltas, _iouLogits])
        {
            Initialization.Normal(layer.Weight, deviation);
            Initialization.Constant(layer.Bias!, 0);
        }
        Initialization.Constant(_classLogits.Bias!, -Math.Log((1 - priorScore) / priorScore));
    }
}
