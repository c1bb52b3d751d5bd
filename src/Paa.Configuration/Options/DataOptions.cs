namespace Paa.Options;

/// <summary>Data sets and the preparation of images.</summary>
public sealed record DataOptions
{
    /// <summary>Images per batch.</summary>
    [ConfigKey("samples_per_gpu")]
    public int BatchSize { get; init; } = 2;

    /// <summary>Threads that load and prepare images.</summary>
    [ConfigKey("workers_per_gpu")]
    public int LoaderThreads { get; init; } = 2;

    /// <summary>Class names in label order; null: the categories of the annotation file, in its order.</summary>
    public string[]? Classes { get; init; }

    /// <summary>Normalisation of pixels.</summary>
    [ConfigKey("img_norm")]
    public NormalizationOptions Normalization { get; init; } = new();

    /// <summary>Height and width of the network's input are multiples of this.</summary>
    public int SizeDivisor { get; init; } = 32;

    /// <summary>The training set.</summary>
    public DatasetOptions Train { get; init; } = new() { FlipProbability = [0.5], SkipEmptyImages = true };

    /// <summary>The set evaluated during training.</summary>
    public DatasetOptions Val { get; init; } = new();

    /// <summary>The set evaluated by <c>paa test</c>.</summary>
    public DatasetOptions Test { get; init; } = new();

    /// <summary>Views used by <c>paa test --tta</c> and <c>paa predict --tta</c>.</summary>
    [ConfigKey("tta")]
    public TestTimeAugmentationOptions TestTimeAugmentation { get; init; } = new();
}

/// <summary>Normalisation of pixels, (x - mean) / std, in RGB order.</summary>
public sealed record NormalizationOptions
{
    /// <summary>Means of red, green and blue.</summary>
    public double[] Mean { get; init; } = [123.675, 116.28, 103.53];

    /// <summary>Standard deviations of red, green and blue.</summary>
    public double[] Std { get; init; } = [58.395, 57.12, 57.375];

    /// <summary>Images are decoded as BGR; true converts them to RGB.</summary>
    public bool ToRgb { get; init; } = true;
}

/// <summary>How the scale of a training image is drawn.</summary>
public enum ScaleMode
{
    /// <summary>Draws one of the listed scales.</summary>
    Value,

    /// <summary>Draws long and short side each uniformly between those of the two listed scales, both ends included.</summary>
    Range,
}

/// <summary>Which images an epoch visits, in which order, and how they make batches.</summary>
public enum SamplerKind
{
    /// <summary>
    /// Every image, in batches that are wide or not; each kind is filled up to whole batches. MMDetection 2.x's
    /// <c>GroupSampler</c>.
    /// </summary>
    Group,

    /// <summary>
    /// Every image, in batches that are high or not, except for the last ones, where the rest is mixed. MMDetection 3.x's
    /// <c>DefaultSampler</c> with <c>AspectRatioBatchSampler</c>.
    /// </summary>
    Default,

    /// <summary>
    /// As many images, every class in turn; batches as with <see cref="Default"/>. MMDetection 3.x's <c>ClassAwareSampler</c>.
    /// </summary>
    ClassAware,
}

/// <summary>Directions of a flip.</summary>
public enum FlipDirection
{
    /// <summary>Left to right.</summary>
    Horizontal,

    /// <summary>Top to bottom.</summary>
    Vertical,

    /// <summary>Both, which is a rotation by 180 degrees.</summary>
    Diagonal,
}

/// <summary>One data set in COCO format.</summary>
public sealed record DatasetOptions
{
    /// <summary>COCO annotation files; several are read as one data set.</summary>
    [ConfigKey("ann_file")]
    public string[] AnnotationFiles { get; init; } = [];

    /// <summary>Folders of images, one per annotation file or one for all.</summary>
    [ConfigKey("img_prefix")]
    public string[] ImageFolders { get; init; } = [];

    /// <summary>Scales (long side, short side) that an image must fit into, keeping its ratio.</summary>
    [ConfigKey("img_scale")]
    public int[][] Scales { get; init; } = [[1333, 800]];

    /// <summary>How a scale is drawn from several; <c>range</c> needs two.</summary>
    [ConfigKey("multiscale_mode")]
    public ScaleMode ScaleMode { get; init; } = ScaleMode.Range;

    /// <summary>
    /// Ends of the range of a factor that is drawn for each training image and multiplies the single scale; null for 1.
    /// </summary>
    public double[]? RatioRange { get; init; }

    /// <summary>
    /// Probability of a flip, shared evenly by the directions; or one probability per direction, with a sum of at most 1.
    /// </summary>
    [ConfigKey("flip_ratio")]
    public double[] FlipProbability { get; init; } = [0];

    /// <summary>Directions of <see cref="FlipProbability"/>; an image is flipped in one of them or in none.</summary>
    [ConfigKey("flip_direction")]
    public FlipDirection[] FlipDirections { get; init; } = [FlipDirection.Horizontal];

    /// <summary>Probability of a vertical flip that is drawn independently of the others; not in MMDetection.</summary>
    [ConfigKey("vertical_flip_ratio")]
    public double VerticalFlipProbability { get; init; }

    /// <summary>Whether to leave out images without a usable box.</summary>
    [ConfigKey("filter_empty_gt")]
    public bool SkipEmptyImages { get; init; }

    /// <summary>Training leaves out images whose shorter side is below this, in pixels.</summary>
    [ConfigKey("min_size")]
    public int MinImageSide { get; init; } = 32;

    /// <summary>Which images an epoch visits, in which order, and how they make batches.</summary>
    public SamplerKind Sampler { get; init; } = SamplerKind.Group;

    /// <summary>Number of images taken of a class before the next, with <see cref="SamplerKind.ClassAware"/>.</summary>
    [ConfigKey("num_sample_class")]
    public int ImagesPerClass { get; init; } = 1;

    /// <summary>
    /// Whether to leave out the last batch of an epoch if it is smaller than the others; <see cref="SamplerKind.Group"/> has no
    /// such batch.
    /// </summary>
    [ConfigKey("drop_last")]
    public bool DropsLast { get; init; }

    /// <summary>How many times an epoch visits every image: MMDetection's <c>RepeatDataset</c>.</summary>
    [ConfigKey("repeat_times")]
    public int Repetitions { get; init; } = 1;

    /// <summary>Repeats images of rare classes; null for no repetition.</summary>
    public ClassBalancedOptions? ClassBalanced { get; init; }

    /// <summary>Joins each training image with three others; null for no mosaic.</summary>
    public MosaicOptions? Mosaic { get; init; }

    /// <summary>Changes the colours of training images; null for no change.</summary>
    [ConfigKey("photo_metric_distortion")]
    public ColorDistortionOptions? ColorDistortion { get; init; }

    /// <summary>Crops training images around their boxes before they are resized; null for no crop.</summary>
    [ConfigKey("min_iou_random_crop")]
    public MinIouRandomCropOptions? MinIouRandomCrop { get; init; }

    /// <summary>Crops training images after they were resized; null for no crop.</summary>
    public RandomCropOptions? RandomCrop { get; init; }

    /// <summary>Removes small boxes of training images, after the crop; null to keep them.</summary>
    public FilterAnnotationsOptions? FilterAnnotations { get; init; }
}
