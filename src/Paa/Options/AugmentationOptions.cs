namespace Paa.Options;

/// <summary>Images of rare classes come several times in an epoch: MMDetection's <c>ClassBalancedDataset</c>.</summary>
/// <remarks>Gupta, Dollar and Girshick, CVPR 2019, section 4.2; see <c>RepeatFactors</c>.</remarks>
public sealed record ClassBalancedOptions
{
    /// <summary>Classes that occur in a smaller share of the images than this are repeated.</summary>
    [ConfigKey("oversample_thr")]
    public double FrequencyThreshold { get; init; } = 1e-3;

    /// <summary>False: images without annotations are a class of their own, repeated if they are rare.</summary>
    [ConfigKey("filter_empty_gt")]
    public bool SkipEmptyImages { get; init; } = true;
}

/// <summary>Four images in one: MMDetection's <c>Mosaic</c>.</summary>
public sealed record MosaicOptions
{
    /// <summary>Height and width that each of the four images is fitted into; the mosaic is twice as high and wide.</summary>
    [ConfigKey("img_scale")]
    public int[] ImageSize { get; init; } = [640, 640];

    /// <summary>Range of the point where the four images meet, as a multiple of <see cref="ImageSize"/>.</summary>
    [ConfigKey("center_ratio_range")]
    public double[] CenterRange { get; init; } = [0.5, 1.5];

    /// <summary>Value of the three colours where no image is.</summary>
    [ConfigKey("pad_val")]
    public int PadValue { get; init; } = 114;

    /// <summary>Probability of a mosaic.</summary>
    [ConfigKey("prob")]
    public double Probability { get; init; } = 1;
}

/// <summary>Random colours: MMDetection's <c>PhotoMetricDistortion</c>.</summary>
/// <remarks>Brightness, contrast, saturation, hue and the order of the channels change with a probability of 0.5 each.</remarks>
public sealed record ColorDistortionOptions
{
    /// <summary>Largest amount added to all colours or taken from them, of 255.</summary>
    public double BrightnessDelta { get; init; } = 32;

    /// <summary>Range of the factor of all colours.</summary>
    public double[] ContrastRange { get; init; } = [0.5, 1.5];

    /// <summary>Range of the factor of the saturation.</summary>
    public double[] SaturationRange { get; init; } = [0.5, 1.5];

    /// <summary>Largest turn of the hue in degrees.</summary>
    public double HueDelta { get; init; } = 18;
}

/// <summary>A random part of the image that overlaps every box enough: MMDetection's <c>MinIoURandomCrop</c>.</summary>
public sealed record RandomCropOptions
{
    /// <summary>The least IoU of the part with every box is one of these, or 0; or the image stays whole.</summary>
    public double[] MinIous { get; init; } = [0.1, 0.3, 0.5, 0.7, 0.9];

    /// <summary>Least height and width, as shares of the image's.</summary>
    public double MinCropSize { get; init; } = 0.3;
}

/// <summary>Views of an image whose candidates are merged: the key <c>data.tta</c>.</summary>
/// <remarks>MMDetection's <c>MultiScaleFlipAug</c>. Every scale is seen unflipped and, with <see cref="Flip"/>, once for each
/// direction.</remarks>
public sealed record TestTimeAugmentationOptions
{
    /// <summary>Scales (long side, short side); none: the one scale of the data set.</summary>
    [ConfigKey("img_scale")]
    public int[][] Scales { get; init; } = [];

    /// <summary>Look at mirrored images, too.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Directions of the mirrored images.</summary>
    [ConfigKey("flip_direction")]
    public FlipDirection[] FlipDirections { get; init; } = [FlipDirection.Horizontal];
}
