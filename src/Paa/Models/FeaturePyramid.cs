using Paa.Dnn;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Models;

/// <summary>Feature pyramid: turns backbone stages C3..C5 into levels P3, P4, ... of equal width.</summary>
/// <remarks>
/// Lin et al., CVPR 2017, section 3: 1x1 laterals, top-down sum, 3x3 output. Levels above P5 are strided 3x3 convolutions
/// on the level below, without a ReLU between (<c>add_extra_convs: on_output</c>).
/// </remarks>
public sealed class FeaturePyramid : Module
{
    /// <summary>Creates the pyramid.</summary>
    /// <param name="path">Its place, <c>neck</c> in a detector.</param>
    /// <param name="stageChannels">Channels of C3..C5.</param>
    /// <param name="options">Width and number of levels.</param>
    public FeaturePyramid(ParameterPath path, ReadOnlySpan<int> stageChannels, FeaturePyramidOptions options) : base(path)
    {
        var width = options.Channels;
        var laterals = new Conv2d[stageChannels.Length];
        for (var i = 0; i < laterals.Length; i++)
            laterals[i] = new Conv2d(path / $"lateral_convs.{i}.conv", stageChannels[i], width, kernel: 1);
        Laterals = laterals;
        Outputs = [.. Enumerable.Range(0, options.LevelCount).Select(i => new Conv2d(
            path / $"fpn_convs.{i}.conv", width, width, kernel: 3, stride: i < laterals.Length ? 1 : 2))];
    }

    /// <summary>1x1 convolutions of C3, C4, C5.</summary>
    internal IReadOnlyList<Conv2d> Laterals { get; }

    /// <summary>3x3 convolutions that give P3, P4, ...</summary>
    internal IReadOnlyList<Conv2d> Outputs { get; }

    /// <summary>Builds the levels, finest first.</summary>
    /// <param name="stages">C3..C5, each [N, C_i, H/s_i, W/s_i] with strides s = 8, 16, 32. Borrowed.</param>
    /// <returns>P3, P4, ..., each [N, width, H/s_i, W/s_i]. The caller owns them.</returns>
    /// <exception cref="ShapeException">The number of stages is not the number of laterals.</exception>
    public Tensor[] Forward(ReadOnlySpan<Tensor> stages)
    {
        ShapeException.ThrowIfNotEqual(stages.Length, Laterals.Count, "FeaturePyramid: backbone stages");
        using var scope = new TensorScope();
        var levels = new Tensor[Outputs.Count];
        Tensor? above = null;                                // merged map one level coarser
        for (var i = Laterals.Count - 1; i >= 0; i--)      // coarsest first: each level feeds the finer one
        {
            var merged = Laterals[i].Forward(stages[i]);    // [N, width, H/s, W/s]
            if (above is not null)
                merged = merged.AddInPlace(Functional.UpsampleNearest(above, merged.Height, merged.Width));
            levels[i] = Outputs[i].Forward(merged);
            above = merged;
        }
        for (var i = Laterals.Count; i < levels.Length; i++) levels[i] = Outputs[i].Forward(levels[i - 1]);
        return scope.Keep(levels);
    }

    /// <summary>Records what <see cref="Forward"/> computes.</summary>
    internal DnnMap[] Record(LayerRecorder recorder, ReadOnlySpan<DnnMap> stages)
    {
        var levels = new DnnMap[Outputs.Count];
        DnnMap? above = null;
        for (var i = Laterals.Count - 1; i >= 0; i--)
        {
            var enlarged = above is { } coarser ? recorder.Plan.Resize(coarser, stages[i].Height, stages[i].Width) : (DnnMap?)null;
            var merged = recorder.Convolution(Laterals[i], stages[i], residual: enlarged);
            levels[i] = recorder.Convolution(Outputs[i], merged);
            above = merged;
        }
        for (var i = Laterals.Count; i < levels.Length; i++) levels[i] = recorder.Convolution(Outputs[i], levels[i - 1]);
        return levels;
    }

    /// <summary>Glorot's uniform weights, zero biases.</summary>
    internal void InitializeWeights()
    {
        foreach (var layer in Laterals.Concat(Outputs))
        {
            Initialization.XavierUniform(layer.Weight);
            Initialization.Constant(layer.Bias!, 0);
        }
    }
}
