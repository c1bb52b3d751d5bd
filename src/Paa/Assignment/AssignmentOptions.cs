namespace Paa.Assignment;

/// <summary>Label assignment in training: the key <c>model.train_cfg</c>.</summary>
public sealed record AssignmentOptions
{
    /// <summary>Whose semantics where the published codes differ.</summary>
    public SemanticsProfile Profile { get; init; } = SemanticsProfile.Mmdet;

    /// <summary>How positives are taken from the fitted mixture.</summary>
    public SeparationRule Separation { get; init; } = SeparationRule.Peak;

    /// <summary>First stage: pairs anchors with boxes by IoU.</summary>
    public MatcherOptions Assigner { get; init; } = new();
}

/// <summary>Max-IoU matching of anchors and boxes; the defaults are PAA's.</summary>
public sealed record MatcherOptions
{
    /// <summary>An anchor belongs to its best box from this IoU on.</summary>
    public float PosIouThr { get; init; } = 0.1f;

    /// <summary>Below this IoU to every box an anchor is background.</summary>
    public float NegIouThr { get; init; } = 0.1f;

    /// <summary>A box takes its best anchors, whatever their IoU, if that is at least this.</summary>
    public float MinPosIou { get; init; }

    /// <summary>Whether boxes take their best anchors below <see cref="PosIouThr"/> at all.</summary>
    public bool MatchLowQuality { get; init; } = true;

    /// <summary>On equal best IoU a box takes all such anchors rather than the first.</summary>
    public bool GtMaxAssignAll { get; init; } = true;

    /// <summary>Anchors covered by an ignored region by more than this part of their area take no part; -1 switches it off.</summary>
    public float IgnoreIofThr { get; init; } = -1;
}
