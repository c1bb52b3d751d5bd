using System.Text.Json.Serialization;

namespace Paa.Training;

/// <summary>One line of the log about training: means over the iterations since the line before.</summary>
public sealed record TrainLogEntry
{
    /// <summary>Always <c>train</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Mode { get; init; } = "train";

    /// <summary>1-based epoch.</summary>
    public int Epoch { get; init; }

    /// <summary>1-based iteration inside the epoch.</summary>
    public int Iter { get; init; }

    /// <summary>Learning rate of this iteration, not a mean.</summary>
    public double Lr { get; init; }

    /// <summary>Peak memory in MB: allocated on the GPU, or resident where the CPU computes.</summary>
    public long Memory { get; init; }

    /// <summary>Seconds that an iteration waited for its batch.</summary>
    public double DataTime { get; init; }

    /// <summary>Focal loss of the classes.</summary>
    public double LossCls { get; init; }

    /// <summary>GIoU loss of the boxes.</summary>
    public double LossBbox { get; init; }

    /// <summary>Cross entropy of the predicted IoU.</summary>
    public double LossIou { get; init; }

    /// <summary>Sum of the three.</summary>
    public double Loss { get; init; }

    /// <summary>Joint L2 norm of all gradients before clipping; null without clipping.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GradNorm { get; init; }

    /// <summary>Mixed precision, <c>bf16</c> or <c>fp16</c>; null in single precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Amp { get; init; }

    /// <summary>Loss scale of the last iteration; null without half precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LossScale { get; init; }

    /// <summary>Updates left out because gradients were not finite; null without half precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SkippedUpdates { get; init; }

    /// <summary>Seconds of a whole iteration, its wait for the batch included.</summary>
    public double Time { get; init; }
}
