namespace Paa.Options;

/// <summary>Repeats images of rare classes within an epoch: MMDetection's <c>ClassBalancedDataset</c>.</summary>
/// <remarks>Gupta, Dollar and Girshick, CVPR 2019, section 4.2; see <c>RepeatFactors</c>.</remarks>
public sealed record ClassBalancedOptions
{
    /// <summary>Classes that occur in a smaller fraction of the images than this are repeated.</summary>
    [ConfigKey("oversample_thr")]
    public double FrequencyThreshold { get; init; } = 1e-3;

    /// <summary>If false, images without annotations count as a class of their own, repeated if it is rare.</summary>
    [ConfigKey("filter_empty_gt")]
    public bool SkipEmptyImages { get; init; } = true;
}

/// <summary>Joins four images into one: MMDetection's <c>Mosaic</c>.</summary>
public sealed record MosaicOptions
{
    /// <summary>Height and width that each of the four images is resized to fit; the mosaic is twice as high and wide.</summary>
    [ConfigKey("img_scale")]
    public int[] ImageSize { get; init; } = [640, 640];

    /// <summary>Range of the point where the four images meet, as a multiple of <see cref="ImageSize"/>.</summary>
    [ConfigKey("center_ratio_range")]
    public double[] CenterRange { get; init; } = [0.5, 1.5];

    /// <summary>Value of the three colours outside the images, 0 to 255.</summary>
    [ConfigKey("pad_val")]
    public int PadValue { get; init; } = 114;

    /// <summary>Probability of a mosaic.</summary>
    [ConfigKey("prob")]
    public double Probability { get; init; } = 1;
}

/// <summary>Random colour changes: MMDetection's <c>PhotoMetricDistortion</c>.</summary>
/// <remarks>Brightness, contrast, saturation, hue and the order of the channels change with a probability of 0.5 each.</remarks>
public sealed record ColorDistortionOptions
{
    /// <summary>Largest amount added to or subtracted from all colours, out of 255.</summary>
    public double BrightnessDelta { get; init; } = 32;

    /// <summary>Range of the factor that multiplies all colours.</summary>
    public double[] ContrastRange { get; init; } = [0.5, 1.5];

    /// <summary>Range of the factor that multiplies the saturation.</summary>
    public double[] SaturationRange { get; init; } = [0.5, 1.5];

    /// <summary>Largest rotation of the hue in degrees.</summary>
    public double HueDelta { get; init; } = 18;
}

/// <summary>A random crop that overlaps every box enough: MMDetection's <c>MinIoURandomCrop</c>.</summary>
public sealed record MinIouRandomCropOptions
{
    /// <summary>Choices for the minimum IoU of the crop with every box. Two more choices: 0, and no crop.</summary>
    public double[] MinIous { get; init; } = [0.1, 0.3, 0.5, 0.7, 0.9];

    /// <summary>Minimum height and width, as fractions of the image's.</summary>
    public double MinCropSize { get; init; } = 0.3;
}

/// <summary>How the size of a random crop is drawn.</summary>
public enum CropType
{
    /// <summary>Height and width in pixels, or those of a smaller image.</summary>
    Absolute,

    /// <summary>Height and width each drawn between the two numbers, in pixels; a smaller image ends the range.</summary>
    AbsoluteRange,

    /// <summary>Height and width as fractions of the image's.</summary>
    Relative,

    /// <summary>Height and width each drawn between their fraction and the whole image.</summary>
    RelativeRange,
}

/// <summary>A random part of the resized image: MMDetection's <c>RandomCrop</c>.</summary>
public sealed record RandomCropOptions
{
    /// <summary>
    /// Height and width, in pixels or as fractions; with <see cref="CropType.AbsoluteRange"/> the least and the largest side.
    /// </summary>
    public double[] CropSize { get; init; } = [1024, 1024];

    /// <summary>The meaning of <see cref="CropSize"/>.</summary>
    public CropType CropType { get; init; } = CropType.Absolute;

    /// <summary>Whether a crop without a box is used; otherwise another image is taken.</summary>
    [ConfigKey("allow_negative_crop")]
    public bool AllowNegative { get; init; }

    /// <summary>Whether boxes end at the edge of the crop; otherwise they may reach beyond it.</summary>
    [ConfigKey("bbox_clip_border")]
    public bool ClipBoxes { get; init; } = true;
}

/// <summary>Removes small boxes of training images: MMDetection's <c>FilterAnnotations</c>.</summary>
public sealed record FilterAnnotationsOptions
{
    /// <summary>Width and height in pixels of the network's input that a box must exceed.</summary>
    [ConfigKey("min_gt_bbox_wh")]
    public double[] MinSize { get; init; } = [1, 1];

    /// <summary>Whether another image is taken if no box is left; otherwise the image is trained on as background.</summary>
    [ConfigKey("keep_empty")]
    public bool ReplacesEmpty { get; init; } = true;
}

/// <summary>Views of an image whose candidates are merged: the key <c>data.tta</c>.</summary>
/// <remarks>
/// MMDetection's <c>MultiScaleFlipAug</c>: every scale unflipped and, with <see cref="Flip"/>, once per direction.
/// </remarks>
public sealed record TestTimeAugmentationOptions
{
    /// <summary>Scales (long side, short side); if empty, the single scale of the data set.</summary>
    [ConfigKey("img_scale")]
    public int[][] Scales { get; init; } = [];

    /// <summary>Whether to add mirrored images.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Directions of the mirrored images.</summary>
    [ConfigKey("flip_direction")]
    public FlipDirection[] FlipDirections { get; init; } = [FlipDirection.Horizontal];
}
