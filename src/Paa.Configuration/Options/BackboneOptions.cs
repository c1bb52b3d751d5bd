namespace Paa.Options;

/// <summary>Families of residual networks.</summary>
public enum BackboneKind
{
    /// <summary>ResNet: He et al., CVPR 2016.</summary>
    [ConfigKey("ResNet")]
    ResNet,

    /// <summary>ResNeXt: Xie et al., CVPR 2017. The 3x3 convolutions of a bottleneck are wider and grouped.</summary>
    [ConfigKey("ResNeXt")]
    ResNeXt,
}

/// <summary>Kinds of normalisation in the backbone.</summary>
public enum NormKind
{
    /// <summary>
    /// Batch norm. Trained on several processes it takes its statistics from all of them, so <c>SyncBN</c> is another name of it.
    /// </summary>
    [ConfigKey("BN", Alias = "SyncBN")]
    BN,

    /// <summary>Group norm with 32 groups, for training from scratch with few images per batch.</summary>
    GN,
}

/// <summary>A ResNet or ResNeXt (He et al., CVPR 2016) in the PyTorch style, which strides in the 3x3 convolution.</summary>
public sealed record BackboneOptions
{
    /// <summary>ResNet or ResNeXt; <see cref="Groups"/> and <see cref="BaseWidth"/> apply to the latter.</summary>
    [ConfigKey("type")]
    public BackboneKind Kind { get; init; } = BackboneKind.ResNet;

    /// <summary>Number of layers: 18, 34, 50, 101 or 152.</summary>
    public int Depth { get; init; } = 50;

    /// <summary>Channels of the stem and of the inner convolutions of stage C2; they double from stage to stage.</summary>
    public int BaseChannels { get; init; } = 64;

    /// <summary>Groups of a ResNeXt's 3x3 convolutions: 32 in 32x8d, 64 in 64x4d.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Channels per group in stage C2: 8 in 32x8d, 4 in 64x4d; they double from stage to stage.</summary>
    public int BaseWidth { get; init; } = 4;

    /// <summary>Frozen part: -1 for nothing, 0 for the stem, n for the stem and the first n stages.</summary>
    public int FrozenStages { get; init; } = 1;

    /// <summary>Batch norm or group norm.</summary>
    public NormKind Norm { get; init; } = NormKind.BN;

    /// <summary>
    /// Whether batch norm uses its stored statistics in training, too; its affine parameters are still trained.
    /// </summary>
    public bool NormEval { get; init; } = true;

    /// <summary>
    /// Whether trained blocks keep only their input for the backward pass and are recomputed there: less memory, more time.
    /// </summary>
    [ConfigKey("with_cp")]
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Deformable 3x3 convolutions in the stages of <see cref="DeformableStages"/>; null for none.</summary>
    [ConfigKey("dcn")]
    public DeformableOptions? Deformable { get; init; }

    /// <summary>For C2..C5, whether the bottlenecks of the stage are deformable.</summary>
    [ConfigKey("stage_with_dcn")]
    public bool[] DeformableStages { get; init; } = [false, false, false, false];

    /// <summary>Initial weights: a file, <c>torchvision://resnet50</c>, <c>nuget://resnet18</c>, or null for random
    /// ones.</summary>
    public string? Pretrained { get; init; }
}

/// <summary>Kinds of deformable convolution.</summary>
public enum DeformableKind
{
    /// <summary>Deformable convolution with a modulation factor beside each offset (Zhu et al., CVPR 2019).</summary>
    [ConfigKey("DCNv2")]
    DCNv2,
}

/// <summary>Deformable 3x3 convolutions of a backbone.</summary>
public sealed record DeformableOptions
{
    /// <summary>The kind of deformable convolution.</summary>
    [ConfigKey("type")]
    public DeformableKind Kind { get; init; } = DeformableKind.DCNv2;

    /// <summary>Number of channel groups, each with its own offsets.</summary>
    [ConfigKey("deform_groups")]
    public int OffsetGroups { get; init; } = 1;
}
