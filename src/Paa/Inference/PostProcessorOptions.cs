namespace Paa.Inference;

/// <summary>From head outputs to detections: the key <c>model.test_cfg</c>.</summary>
public sealed record PostProcessorOptions
{
    /// <summary>Anchors of highest score kept on each level before NMS.</summary>
    public int NmsPre { get; init; } = 1000;

    /// <summary>Scores must exceed this.</summary>
    public float ScoreThr { get; init; } = 0.05f;

    /// <summary>A box is suppressed if its IoU to a better one of its class exceeds this.</summary>
    public float NmsIouThreshold { get; init; } = 0.6f;

    /// <summary>Detections kept in an image; -1 for all.</summary>
    public int MaxPerImg { get; init; } = 100;
}
