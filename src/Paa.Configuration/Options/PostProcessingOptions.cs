namespace Paa.Options;

/// <summary>Thresholds and limits for turning head outputs into detections: the key <c>model.test_cfg</c>.</summary>
public sealed record PostProcessingOptions
{
    /// <summary>Number of highest-scoring anchors kept per level before NMS.</summary>
    [ConfigKey("nms_pre")]
    public int PreNmsTopK { get; init; } = 1000;

    /// <summary>Only scores above this are kept.</summary>
    [ConfigKey("score_thr")]
    public float ScoreThreshold { get; init; } = 0.05f;

    /// <summary>A box is suppressed if its IoU with a better one of its class exceeds this.</summary>
    public float NmsIouThreshold { get; init; } = 0.6f;

    /// <summary>Whether a better box of another class suppresses, too: mmcv's <c>class_agnostic</c>.</summary>
    [ConfigKey("nms_class_agnostic")]
    public bool ClassAgnosticNms { get; init; }

    /// <summary>Maximum number of detections per image; -1 for all.</summary>
    [ConfigKey("max_per_img")]
    public int MaxDetections { get; init; } = 100;
}
