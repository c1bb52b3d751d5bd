namespace Paa.Evaluation;

/// <summary>When a detection counts and when it meets an object; the defaults are those of MMDetection's tool.</summary>
public sealed record ConfusionOptions
{
    /// <summary>Detections of a lower score are left out.</summary>
    public double ScoreThr { get; init; } = 0.3;

    /// <summary>Least IoU of a detection and an object that belong together.</summary>
    public double IouThr { get; init; } = 0.5;
}
