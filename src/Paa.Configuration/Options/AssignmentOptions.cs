namespace Paa.Options;

/// <summary>Label assignment in training: the key <c>model.train_cfg</c>.</summary>
public sealed record AssignmentOptions
{
    /// <summary>How positives are chosen from the fitted mixture.</summary>
    public SeparationRule Separation { get; init; } = SeparationRule.Peak;

    /// <summary>First stage: pairs anchors with boxes by IoU.</summary>
    [ConfigKey("assigner")]
    public MatcherOptions Matcher { get; init; } = new();
}

/// <summary>Max-IoU matching of anchors and boxes; the defaults are PAA's.</summary>
public sealed record MatcherOptions
{
    /// <summary>An anchor whose IoU with its best box is at least this is a candidate of that box.</summary>
    [ConfigKey("pos_iou_thr")]
    public float PositiveIouThreshold { get; init; } = 0.1f;

    /// <summary>An anchor whose IoU with every box is below this is negative.</summary>
    [ConfigKey("neg_iou_thr")]
    public float NegativeIouThreshold { get; init; } = 0.1f;

    /// <summary>Lowest best IoU at which a box takes its best anchors regardless of the thresholds.</summary>
    [ConfigKey("min_pos_iou")]
    public float MinPositiveIou { get; init; }

    /// <summary>Whether a box also takes its best anchors below <see cref="PositiveIouThreshold"/>.</summary>
    public bool MatchLowQuality { get; init; } = true;

    /// <summary>Whether a box takes all anchors with its best IoU, not only the first.</summary>
    [ConfigKey("gt_max_assign_all")]
    public bool AssignAllTies { get; init; } = true;

    /// <summary>
    /// Anchors covered by an ignored region by more than this fraction of their area take no part; -1 turns this off.
    /// </summary>
    [ConfigKey("ignore_iof_thr")]
    public float IgnoreIofThreshold { get; init; } = -1;
}

/// <summary>How scikit-learn computes the variance of a Gaussian, and distances from its mean.</summary>
/// <remarks>
/// Losses have one dimension, so both mean the same; rounding makes the difference. MMDetection used <c>full</c> until August
/// 2020, <c>diag</c> since.
/// </remarks>
public enum CovarianceType
{
    /// <summary>From the losses and their squares, which are rounded to single precision.</summary>
    Diag,

    /// <summary>From the distances to the mean.</summary>
    Full,
}

/// <summary>How the positives of a box are chosen from its mixture of two Gaussians (Kim and Lee, ECCV 2020, figure 3).</summary>
public enum SeparationRule
{
    /// <summary>Members of the low-loss component up to that of highest mixture density: figure 3 (c), as published.</summary>
    Peak,

    /// <summary>Every member of the low-loss component.</summary>
    Component,

    /// <summary>As <see cref="Peak"/>; the other members of the low-loss component are ignored by the classification
    /// loss.</summary>
    PeakWithGap,
}
