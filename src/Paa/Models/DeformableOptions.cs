using System.Runtime.Serialization;

namespace Paa.Models;

/// <summary>Kinds of deformable convolution.</summary>
public enum DeformableKind
{
    /// <summary>With factors beside the offsets (Zhu et al., CVPR 2019).</summary>
    [EnumMember(Value = "DCNv2")]
    DCNv2,
}

/// <summary>Deformable 3x3 convolutions of a backbone.</summary>
public sealed record DeformableOptions
{
    /// <summary>DCNv2.</summary>
    public DeformableKind Type { get; init; } = DeformableKind.DCNv2;

    /// <summary>Groups of channels with offsets of their own.</summary>
    public int DeformGroups { get; init; } = 1;
}
