namespace Paa.Configuration;

/// <summary>Data sets and how images are prepared.</summary>
public sealed record DataOptions
{
    /// <summary>Images in a batch.</summary>
    public int SamplesPerGpu { get; init; } = 2;

    /// <summary>Threads that load and prepare images.</summary>
    public int WorkersPerGpu { get; init; } = 2;

    /// <summary>Class names in label order; null: the annotation file's categories, in the order of the file.</summary>
    public string[]? Classes { get; init; }

    /// <summary>Mean and deviation subtracted and divided by.</summary>
    public ImageNormOptions ImgNorm { get; init; } = new();

    /// <summary>Height and width of the network's input are multiples of this.</summary>
    public int SizeDivisor { get; init; } = 32;

    /// <summary>The training set.</summary>
    public DatasetOptions Train { get; init; } = new() { FlipRatio = 0.5, FilterEmptyGt = true };

    /// <summary>Evaluated during training.</summary>
    public DatasetOptions Val { get; init; } = new();

    /// <summary>Evaluated by <c>paa test</c>.</summary>
    public DatasetOptions Test { get; init; } = new();
}

/// <summary>Normalisation of pixels, (x - mean) / std, in RGB order.</summary>
public sealed record ImageNormOptions
{
    /// <summary>Means of red, green and blue.</summary>
    public double[] Mean { get; init; } = [123.675, 116.28, 103.53];

    /// <summary>Standard deviations of red, green and blue.</summary>
    public double[] Std { get; init; } = [58.395, 57.12, 57.375];

    /// <summary>Images are decoded as BGR; true turns them to RGB.</summary>
    public bool ToRgb { get; init; } = true;
}

/// <summary>How the scale of a training image is drawn.</summary>
public enum MultiscaleMode
{
    /// <summary>One of the listed scales.</summary>
    Value,

    /// <summary>Uniformly between the two listed scales.</summary>
    Range,
}

/// <summary>One data set in COCO format.</summary>
public sealed record DatasetOptions
{
    /// <summary>COCO annotation files; several are read as one data set.</summary>
    public string[] AnnFile { get; init; } = [];

    /// <summary>Folders of images, one for each annotation file or one for all.</summary>
    public string[] ImgPrefix { get; init; } = [];

    /// <summary>Scales (long side, short side) that an image must fit into, keeping its ratio.</summary>
    public int[][] ImgScale { get; init; } = [[1333, 800]];

    /// <summary>How one scale is drawn from several.</summary>
    public MultiscaleMode MultiscaleMode { get; init; } = MultiscaleMode.Value;

    /// <summary>Probability of a horizontal flip.</summary>
    public double FlipRatio { get; init; }

    /// <summary>Probability of a vertical flip.</summary>
    public double VerticalFlipRatio { get; init; }

    /// <summary>Leave out images without a usable box.</summary>
    public bool FilterEmptyGt { get; init; }
}
