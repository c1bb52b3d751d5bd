namespace Paa.Configuration;

/// <summary>Images of rare classes come several times in an epoch: MMDetection's <c>ClassBalancedDataset</c>.</summary>
/// <remarks>Gupta, Dollar and Girshick, CVPR 2019, section 4.2; see <c>RepeatFactors</c>.</remarks>
public sealed record ClassBalancedOptions
{
    /// <summary>Classes that occur in a smaller share of the images than this are repeated.</summary>
    public double OversampleThr { get; init; } = 1e-3;

    /// <summary>False: images without annotations are a class of their own, repeated if they are rare.</summary>
    public bool FilterEmptyGt { get; init; } = true;
}

/// <summary>Four images in one: MMDetection's <c>Mosaic</c>.</summary>
public sealed record MosaicOptions
{
    /// <summary>Height and width that each of the four images is fitted into; the mosaic is twice as high and wide.</summary>
    public int[] ImgScale { get; init; } = [640, 640];

    /// <summary>Range of the point where the four images meet, as a multiple of <see cref="ImgScale"/>.</summary>
    public double[] CenterRatioRange { get; init; } = [0.5, 1.5];

    /// <summary>Value of the three colours where no image is.</summary>
    public int PadVal { get; init; } = 114;

    /// <summary>Probability of a mosaic.</summary>
    public double Prob { get; init; } = 1;
}

/// <summary>Random colours: MMDetection's <c>PhotoMetricDistortion</c>.</summary>
/// <remarks>Brightness, contrast, saturation, hue and the order of the channels change with a probability of 0.5 each.</remarks>
public sealed record PhotoMetricDistortionOptions
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
public sealed record MinIouRandomCropOptions
{
    /// <summary>The least IoU of the part with every box is one of these, or 0; or the image stays whole.</summary>
    public double[] MinIous { get; init; } = [0.1, 0.3, 0.5, 0.7, 0.9];

    /// <summary>Least height and width, as shares of the image's.</summary>
    public double MinCropSize { get; init; } = 0.3;
}
