namespace Paa.Options;

/// <summary>The whole detector: the key <c>model</c> of a configuration.</summary>
public sealed record ModelOptions
{
    /// <summary>Image to stages C2..C5.</summary>
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>Stages to pyramid levels P3...</summary>
    public FeaturePyramidOptions Neck { get; init; } = new();

    /// <summary>Levels to class logits, box deltas and IoU logits.</summary>
    [ConfigKey("bbox_head")]
    public HeadOptions Head { get; init; } = new();

    /// <summary>Which anchors are positive in training.</summary>
    [ConfigKey("train_cfg")]
    public AssignmentOptions Assignment { get; init; } = new();

    /// <summary>From head outputs to detections.</summary>
    [ConfigKey("test_cfg")]
    public PostProcessingOptions PostProcessing { get; init; } = new();

    /// <summary>Whose semantics where the published codes differ: of assignment, losses and post-processing.</summary>
    public SemanticsProfile Profile { get; init; } = SemanticsProfile.Mmdet;
}

/// <summary>A feature pyramid on C3..C5 with extra levels by strided convolutions on its output.</summary>
public sealed record FeaturePyramidOptions
{
    /// <summary>Channels of every level.</summary>
    [ConfigKey("out_channels")]
    public int Channels { get; init; } = 256;

    /// <summary>Number of levels from P3 on, at least 3.</summary>
    [ConfigKey("num_outs")]
    public int LevelCount { get; init; } = 5;
}

/// <summary>Which published code is followed where MMDetection and the authors of PAA differ.</summary>
public enum SemanticsProfile
{
    /// <summary>MMDetection 2.x, the default.</summary>
    Mmdet,

    /// <summary>The authors' repository, kkhoot/PAA.</summary>
    Original,
}
