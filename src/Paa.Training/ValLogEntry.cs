using System.Text.Json.Serialization;

namespace Paa.Training;

/// <summary>One line of the log about an evaluation: COCO's box AP, -1 where there is nothing to measure.</summary>
public sealed record ValLogEntry
{
    /// <summary>Always <c>val</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Mode { get; init; } = "val";

    /// <summary>1-based epoch after which was evaluated.</summary>
    public int Epoch { get; init; }

    /// <summary>Images evaluated.</summary>
    public int Iter { get; init; }

    /// <summary>Learning rate of the epoch's last iteration.</summary>
    public double Lr { get; init; }

    /// <summary>AP, mean over IoU 0.50:0.95.</summary>
    [JsonPropertyName("bbox_mAP")]
    public double Ap { get; init; }

    /// <summary>AP at IoU 0.50.</summary>
    [JsonPropertyName("bbox_mAP_50")]
    public double Ap50 { get; init; }

    /// <summary>AP at IoU 0.75.</summary>
    [JsonPropertyName("bbox_mAP_75")]
    public double Ap75 { get; init; }

    /// <summary>AP of objects below 32 x 32 pixels.</summary>
    [JsonPropertyName("bbox_mAP_s")]
    public double ApSmall { get; init; }

    /// <summary>AP of objects between 32 x 32 and 96 x 96 pixels.</summary>
    [JsonPropertyName("bbox_mAP_m")]
    public double ApMedium { get; init; }

    /// <summary>AP of objects above 96 x 96 pixels.</summary>
    [JsonPropertyName("bbox_mAP_l")]
    public double ApLarge { get; init; }
}
