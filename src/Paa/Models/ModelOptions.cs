using Paa.Assignment;
using Paa.Inference;

namespace Paa.Models;

/// <summary>The whole detector: the key <c>model</c> of a configuration.</summary>
public sealed record ModelOptions
{
    /// <summary>Image to stages C2..C5.</summary>
    public ResNetOptions Backbone { get; init; } = new();

    /// <summary>Stages to pyramid levels P3...</summary>
    public FeaturePyramidOptions Neck { get; init; } = new();

    /// <summary>Levels to class logits, box deltas and IoU logits.</summary>
    public PaaHeadOptions BboxHead { get; init; } = new();

    /// <summary>Which anchors are positive in training.</summary>
    public AssignmentOptions TrainCfg { get; init; } = new();

    /// <summary>From head outputs to detections.</summary>
    public PostProcessorOptions TestCfg { get; init; } = new();
}
