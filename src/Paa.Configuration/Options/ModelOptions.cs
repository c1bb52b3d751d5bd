namespace Paa.Options;

/// <summary>The whole detector: the key <c>model</c> of a configuration.</summary>
public sealed record ModelOptions
{
    /// <summary>Computes stages C2..C5 from the image.</summary>
    public BackboneOptions Backbone { get; init; } = new();

    /// <summary>Computes pyramid levels P3 and up from the stages.</summary>
    public FeaturePyramidOptions Neck { get; init; } = new();

    /// <summary>Computes class logits, box deltas and IoU logits from the levels.</summary>
    [ConfigKey("bbox_head")]
    public HeadOptions Head { get; init; } = new();

    /// <summary>Decides which anchors are positive in training.</summary>
    [ConfigKey("train_cfg")]
    public AssignmentOptions Assignment { get; init; } = new();

    /// <summary>Turns head outputs into detections.</summary>
    [ConfigKey("test_cfg")]
    public PostProcessingOptions PostProcessing { get; init; } = new();

    /// <summary>The published code to follow where the two differ in assignment, losses or post-processing.</summary>
    public SemanticsProfile Profile { get; init; } = SemanticsProfile.Mmdet;
}

/// <summary>A feature pyramid on C3..C5; strided convolutions on its output add coarser levels.</summary>
public sealed record FeaturePyramidOptions
{
    /// <summary>Channels of every level.</summary>
    [ConfigKey("out_channels")]
    public int Channels { get; init; } = 256;

    /// <summary>Number of levels, starting at P3; at least 3.</summary>
    [ConfigKey("num_outs")]
    public int LevelCount { get; init; } = 5;
}

/// <summary>Which published code to follow where MMDetection and the authors of PAA differ.</summary>
public enum SemanticsProfile
{
    /// <summary>MMDetection 2.x, the default.</summary>
    Mmdet,

    /// <summary>The authors' repository, kkhoot/PAA.</summary>
    Original,
}
