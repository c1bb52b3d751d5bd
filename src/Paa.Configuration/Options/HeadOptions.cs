namespace Paa.Options;

/// <summary>The PAA head: two towers, class logits, box deltas and IoU logits.</summary>
public sealed record HeadOptions
{
    /// <summary>Number of classes K.</summary>
    [ConfigKey("num_classes")]
    public int ClassCount { get; init; } = 80;

    /// <summary>Number of convolutions per tower.</summary>
    [ConfigKey("stacked_convs")]
    public int TowerDepth { get; init; } = 4;

    /// <summary>Channels of the towers; a multiple of 32 (group norm has 32 groups).</summary>
    [ConfigKey("feat_channels")]
    public int TowerChannels { get; init; } = 256;

    /// <summary>Whether the last convolution of each tower is deformable (DCNv2), as in the authors' largest models.</summary>
    [ConfigKey("dcn_on_last_conv")]
    public bool DeformableLastConvolution { get; init; }

    /// <summary>Number of candidates of lowest loss that a box keeps on each level before the mixture is fitted.</summary>
    [ConfigKey("topk")]
    public int TopK { get; init; } = 9;

    /// <summary>How the variance and the density of the mixture are computed.</summary>
    public CovarianceType CovarianceType { get; init; } = CovarianceType.Diag;

    /// <summary>Whether to replace each kept box by the weighted mean of its neighbours.</summary>
    public bool ScoreVoting { get; init; } = true;

    /// <summary>Strides and size of the anchors.</summary>
    [ConfigKey("anchor_generator")]
    public AnchorOptions Anchors { get; init; } = new();

    /// <summary>Focal loss of the class logits.</summary>
    [ConfigKey("loss_cls")]
    public FocalLossOptions ClassificationLoss { get; init; } = new();

    /// <summary>GIoU loss of the decoded boxes; MMDetection's weight is 1.3.</summary>
    [ConfigKey("loss_bbox")]
    public WeightedLossOptions BoxLoss { get; init; } = new() { Weight = 1.3 };

    /// <summary>Binary cross entropy of the predicted IoU; MMDetection's weight is 0.5.</summary>
    [ConfigKey("loss_centerness")]
    public WeightedLossOptions IouLoss { get; init; } = new() { Weight = 0.5 };
}

/// <summary>One square anchor per position.</summary>
public sealed record AnchorOptions
{
    /// <summary>Side of an anchor in strides of its level.</summary>
    [ConfigKey("octave_base_scale")]
    public double Scale { get; init; } = 8;

    /// <summary>Stride of each level in pixels, finest first; one per level of the neck.</summary>
    public int[] Strides { get; init; } = [8, 16, 32, 64, 128];
}

/// <summary>Focal loss (Lin et al., ICCV 2017).</summary>
public sealed record FocalLossOptions
{
    /// <summary>Factor of the loss.</summary>
    [ConfigKey("loss_weight")]
    public double Weight { get; init; } = 1.0;

    /// <summary>Exponent of the modulating factor.</summary>
    public double Gamma { get; init; } = 2.0;

    /// <summary>Weight of the positive class.</summary>
    public double Alpha { get; init; } = 0.25;
}

/// <summary>A loss of which only the weight can be set.</summary>
public sealed record WeightedLossOptions
{
    /// <summary>Factor of the loss.</summary>
    [ConfigKey("loss_weight")]
    public double Weight { get; init; } = 1.0;
}
