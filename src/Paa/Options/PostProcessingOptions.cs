namespace Paa.Options;

/// <summary>From head outputs to detections: the key <c>model.test_cfg</c>.</summary>
public sealed record PostProcessingOptions
{
    /// <summary>Anchors of highest score kept on each level before NMS.</summary>
    [ConfigKey("nms_pre")]
    public int PreNmsTopK { get; init; } = 1000;

    /// <summary>Scores must exceed this.</summary>
    [ConfigKey("score_thr")]
    public float ScoreThreshold { get; init; } = 0.05f;

    /// <summary>A box is suppressed if its IoU to a better one of its class exceeds this.</summary>
    public float NmsIouThreshold { get; init; } = 0.6f;

    /// <summary>Detections kept in an image; -1 for all.</summary>
    [ConfigKey("max_per_img")]
    public int MaxDetections { get; init; } = 100;
}
