namespace Paa.Models;

/// <summary>Kinds of normalisation in the backbone.</summary>
public enum NormKind
{
    /// <summary>Batch norm.</summary>
    BN,

    /// <summary>Group norm with 32 groups, for training from scratch with few images a batch.</summary>
    GN,
}

/// <summary>A ResNet in the PyTorch style, stride in the 3x3 (He et al., CVPR 2016).</summary>
public sealed record ResNetOptions
{
    /// <summary>18, 34, 50, 101 or 152.</summary>
    public int Depth { get; init; } = 50;

    /// <summary>Channels of the stem and of stage C2's inner convolutions; doubles from stage to stage.</summary>
    public int BaseChannels { get; init; } = 64;

    /// <summary>-1: nothing is frozen; 0: the stem; n: the stem and the first n stages.</summary>
    public int FrozenStages { get; init; } = 1;

    /// <summary>Batch norm or group norm.</summary>
    public NormKind Norm { get; init; } = NormKind.BN;

    /// <summary>Batch norm uses its stored statistics in training, too; its affine parameters still train.</summary>
    public bool NormEval { get; init; } = true;

    /// <summary>Weights to start from: a file, <c>torchvision://resnet50</c>, or null for random ones.</summary>
    public string? Pretrained { get; init; }
}
