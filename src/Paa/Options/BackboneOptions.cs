namespace Paa.Options;

/// <summary>Families of residual networks.</summary>
public enum BackboneKind
{
    /// <summary>He et al., CVPR 2016.</summary>
    [ConfigKey("ResNet")]
    ResNet,

    /// <summary>Xie et al., CVPR 2017: the 3x3 convolutions of a bottleneck are wider and have groups.</summary>
    [ConfigKey("ResNeXt")]
    ResNeXt,
}

/// <summary>Kinds of normalisation in the backbone.</summary>
public enum NormKind
{
    /// <summary>Batch norm.</summary>
    BN,

    /// <summary>Group norm with 32 groups, for training from scratch with few images a batch.</summary>
    GN,
}

/// <summary>A ResNet or ResNeXt in the PyTorch style, stride in the 3x3 (He et al., CVPR 2016).</summary>
public sealed record BackboneOptions
{
    /// <summary>ResNet, or ResNeXt, for which <see cref="Groups"/> and <see cref="BaseWidth"/> count.</summary>
    [ConfigKey("type")]
    public BackboneKind Kind { get; init; } = BackboneKind.ResNet;

    /// <summary>18, 34, 50, 101 or 152.</summary>
    public int Depth { get; init; } = 50;

    /// <summary>Channels of the stem and of stage C2's inner convolutions; doubles from stage to stage.</summary>
    public int BaseChannels { get; init; } = 64;

    /// <summary>Groups of a ResNeXt's 3x3 convolutions: 32 in 32x8d, 64 in 64x4d.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Channels of each such group in stage C2: 8 in 32x8d, 4 in 64x4d; doubles from stage to stage.</summary>
    public int BaseWidth { get; init; } = 4;

    /// <summary>-1: nothing is frozen; 0: the stem; n: the stem and the first n stages.</summary>
    public int FrozenStages { get; init; } = 1;

    /// <summary>Batch norm or group norm.</summary>
    public NormKind Norm { get; init; } = NormKind.BN;

    /// <summary>Batch norm uses its stored statistics in training, too; its affine parameters still train.</summary>
    public bool NormEval { get; init; } = true;

    /// <summary>Blocks that train keep only their input for the backward pass and are computed again there: less memory, more
    /// time.</summary>
    [ConfigKey("with_cp")]
    public bool ActivationCheckpointing { get; init; }

    /// <summary>Deformable 3x3 convolutions in the stages of <see cref="DeformableStages"/>; null for none.</summary>
    [ConfigKey("dcn")]
    public DeformableOptions? Deformable { get; init; }

    /// <summary>For C2..C5, whether the bottlenecks of the stage are deformable.</summary>
    [ConfigKey("stage_with_dcn")]
    public bool[] DeformableStages { get; init; } = [false, false, false, false];

    /// <summary>Weights to start from: a file, <c>torchvision://resnet50</c>, or null for random ones.</summary>
    public string? Pretrained { get; init; }
}

/// <summary>Kinds of deformable convolution.</summary>
public enum DeformableKind
{
    /// <summary>With factors beside the offsets (Zhu et al., CVPR 2019).</summary>
    [ConfigKey("DCNv2")]
    DCNv2,
}

/// <summary>Deformable 3x3 convolutions of a backbone.</summary>
public sealed record DeformableOptions
{
    /// <summary>DCNv2.</summary>
    [ConfigKey("type")]
    public DeformableKind Kind { get; init; } = DeformableKind.DCNv2;

    /// <summary>Groups of channels with offsets of their own.</summary>
    [ConfigKey("deform_groups")]
    public int OffsetGroups { get; init; } = 1;
}
