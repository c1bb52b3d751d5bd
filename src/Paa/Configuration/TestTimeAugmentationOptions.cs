namespace Paa.Configuration;

/// <summary>Views of an image whose candidates are merged: the key <c>data.tta</c>.</summary>
/// <remarks>MMDetection's <c>MultiScaleFlipAug</c>. Every scale is seen unflipped and, with <see cref="Flip"/>, once for each direction.</remarks>
public sealed record TestTimeAugmentationOptions
{
    /// <summary>Scales (long side, short side); none: the one scale of the data set.</summary>
    public int[][] ImgScale { get; init; } = [];

    /// <summary>Look at mirrored images, too.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Directions of the mirrored images.</summary>
    public FlipDirection[] FlipDirection { get; init; } = [Configuration.FlipDirection.Horizontal];
}
