namespace Paa.Models;

/// <summary>A feature pyramid on C3..C5 with extra levels by strided convolutions on its output.</summary>
public sealed record FeaturePyramidOptions
{
    /// <summary>Channels of every level.</summary>
    public int OutChannels { get; init; } = 256;

    /// <summary>Number of levels from P3 on, at least 3.</summary>
    public int NumOuts { get; init; } = 5;
}
