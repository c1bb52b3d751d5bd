using System.Text.Json.Serialization;

namespace Paa.Data;

/// <summary>How much a finding matters.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingSeverity>))]
public enum FindingSeverity
{
    /// <summary>The data is used, perhaps not as intended.</summary>
    Warning,

    /// <summary>Something was left out.</summary>
    Error,
}

/// <summary>One kind of problem in a data set: how often it occurs, and its first places.</summary>
/// <param name="Kind">The kind of problem.</param>
/// <param name="Count">How often it occurs.</param>
/// <param name="Examples">The first places, at most <see cref="MaxExamples"/>, each a whole phrase.</param>
public sealed record Finding(FindingKind Kind, int Count, IReadOnlyList<string> Examples)
{
    /// <summary>Maximum number of examples kept per kind.</summary>
    public const int MaxExamples = 5;

    /// <summary>Whether something was left out.</summary>
    public FindingSeverity Severity => Describe(Kind).Severity;

    /// <summary>What the problem is, and how it is handled.</summary>
    public string Description => Describe(Kind).Text;

    /// <summary>One line: count, description and examples.</summary>
    public override string ToString()
    {
        var more = Count > Examples.Count ? ", ..." : "";
        return $"{Count} x {Description}: {string.Join("; ", Examples)}{more}";
    }

    static (FindingSeverity Severity, string Text) Describe(FindingKind kind) => kind switch
    {
        FindingKind.UnusableFile => Error("file that cannot be used"),
        FindingKind.ImageWithoutId => Error("image without an integer id, left out"),
        FindingKind.DuplicateImageId => Error("image id used twice, the first entry counts"),
        FindingKind.ImageWithoutFileName => Error("image without file_name, left out"),
        FindingKind.ImageWithoutSize => Error("image without a positive width and height, left out"),
        FindingKind.ImageSizeFromFile => Warning("image without width and height, which its file tells"),
        FindingKind.ImageIdInSeveralFiles => Warning("image id used by several files, renumbered"),
        FindingKind.DuplicateFileName => Warning("file named by two images"),
        FindingKind.TinyImage => Warning("image with a side below min_size, left out of training"),
        FindingKind.InvalidCategory => Error("category without integer id or name, left out"),
        FindingKind.DuplicateCategoryId => Error("category id with two meanings"),
        FindingKind.DuplicateCategoryName => Warning("category name used twice"),
        FindingKind.ClassWithoutBoxes => Warning("class without a usable box"),
        FindingKind.InvalidAnnotation => Error("annotation without a box of four numbers, left out"),
        FindingKind.NotFinite => Error("annotation with NaN or infinite numbers, left out"),
        FindingKind.AnnotationWithoutId => Warning("annotation without an integer id"),
        FindingKind.DuplicateAnnotationId => Warning("annotation id used twice, both are used"),
        FindingKind.UnknownImage => Error("annotation of an unknown image, left out"),
        FindingKind.AnnotationOfUnusableImage => Error("annotation of an image that was left out"),
        FindingKind.UnknownCategory => Error("annotation of an unknown category, left out"),
        FindingKind.MissingArea => Warning("annotation without area, width times height is used"),
        FindingKind.ZeroArea => Error("annotation whose area is not positive, left out of training"),
        FindingKind.NegativeBox => Error("box of negative width or height, left out of training"),
        FindingKind.DegenerateBox => Error("box below one pixel in width or height, left out of training"),
        FindingKind.BoxOutsideImage => Error("box outside its image, left out of training"),
        FindingKind.IgnoredAnnotation => Warning("annotation with \"ignore\": 1, left out of training, counted in evaluation"),
        FindingKind.BoxPartlyOutside => Warning("box reaching over the edge of its image, clipped in training"),
        FindingKind.DuplicateBox => Warning("box given twice"),
        FindingKind.ImageFileMissing => Error("image file missing"),
        FindingKind.ImageFileUnreadable => Error("image file that cannot be decoded"),
        FindingKind.ImageSizeDiffers => Warning("image of another size than the annotation file says"),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Finding: unknown kind."),
    };

    static (FindingSeverity, string) Error(string text) => (FindingSeverity.Error, text);

    static (FindingSeverity, string) Warning(string text) => (FindingSeverity.Warning, text);
}

/// <summary>What can be wrong with a single image, annotation or class of a data set.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingKind>))]
public enum FindingKind
{
    /// <summary>A whole file cannot be used; only in the report of a check.</summary>
    UnusableFile,

    /// <summary>An image entry that is not an object or has no integer <c>id</c>.</summary>
    ImageWithoutId,

    /// <summary>An image id occurs twice in one file.</summary>
    DuplicateImageId,

    /// <summary>An image entry without <c>file_name</c>.</summary>
    ImageWithoutFileName,

    /// <summary>An image entry without a positive integer <c>width</c> and <c>height</c>, and no file that tells them.</summary>
    ImageWithoutSize,

    /// <summary>An image entry without <c>width</c> and <c>height</c>; they were read from the image file.</summary>
    ImageSizeFromFile,

    /// <summary>An image id occurs in more than one file of the data set.</summary>
    ImageIdInSeveralFiles,

    /// <summary>Two image entries name the same file.</summary>
    DuplicateFileName,

    /// <summary>An image with a side below <see cref="Options.DatasetOptions.MinImageSide"/>.</summary>
    TinyImage,

    /// <summary>A category entry without integer <c>id</c> or without <c>name</c>.</summary>
    InvalidCategory,

    /// <summary>A category id occurs twice, or means different classes in several files.</summary>
    DuplicateCategoryId,

    /// <summary>Two categories of one file have the same name.</summary>
    DuplicateCategoryName,

    /// <summary>A class without a single usable box.</summary>
    ClassWithoutBoxes,

    /// <summary>An annotation that is not an object, or whose <c>bbox</c> is not four numbers.</summary>
    InvalidAnnotation,

    /// <summary>NaN or an infinity in a box or an area.</summary>
    NotFinite,

    /// <summary>An annotation without an integer <c>id</c>.</summary>
    AnnotationWithoutId,

    /// <summary>An annotation id occurs twice in one file.</summary>
    DuplicateAnnotationId,

    /// <summary>An annotation of an image that the file does not list.</summary>
    UnknownImage,

    /// <summary>An annotation of an image that was itself left out.</summary>
    AnnotationOfUnusableImage,

    /// <summary>An annotation of a category that the file does not list.</summary>
    UnknownCategory,

    /// <summary>An annotation without <c>area</c>.</summary>
    MissingArea,

    /// <summary>An annotation whose <c>area</c> is zero or negative.</summary>
    ZeroArea,

    /// <summary>A box of negative width or height.</summary>
    NegativeBox,

    /// <summary>A box narrower or lower than one pixel.</summary>
    DegenerateBox,

    /// <summary>A box that does not overlap its image.</summary>
    BoxOutsideImage,

    /// <summary>An annotation that says <c>"ignore": 1</c>.</summary>
    IgnoredAnnotation,

    /// <summary>A box that reaches more than a pixel over the edge of its image.</summary>
    BoxPartlyOutside,

    /// <summary>Two boxes of one image with equal class and coordinates.</summary>
    DuplicateBox,

    /// <summary>The image file does not exist.</summary>
    ImageFileMissing,

    /// <summary>The image file is not an image, is damaged or is truncated.</summary>
    ImageFileUnreadable,

    /// <summary>The decoded image has a different size than the annotation file says.</summary>
    ImageSizeDiffers,
}

/// <summary>Counts problems by kind and keeps the first examples of each. Thread-safe.</summary>
sealed class FindingCollector
{
    readonly Lock _lock = new();
    readonly SortedDictionary<FindingKind, (int Count, List<string> Examples)> _findings = [];

    /// <summary>Number of problems of all kinds.</summary>
    public int Count
    {
        get { lock (_lock) return _findings.Values.Sum(f => f.Count); }
    }

    /// <summary>Counts one problem.</summary>
    /// <param name="kind">The kind of problem.</param>
    /// <param name="place">Where it is, and the offending value.</param>
    public void Add(FindingKind kind, string place) => Add(kind, 1, [place]);

    /// <summary>Counts all problems of another list.</summary>
    /// <param name="findings">What was found elsewhere.</param>
    /// <param name="prefix">Put before each example.</param>
    public void Add(IEnumerable<Finding> findings, string prefix = "")
    {
        foreach (var finding in findings)
            Add(finding.Kind, finding.Count, [.. finding.Examples.Select(example => prefix + example)]);
    }

    /// <summary>The findings so far, in the order of <see cref="FindingKind"/>.</summary>
    public Finding[] ToArray()
    {
        lock (_lock) return [.. _findings.Select(f => new Finding(f.Key, f.Value.Count, [.. f.Value.Examples]))];
    }

    void Add(FindingKind kind, int count, IReadOnlyList<string> examples)
    {
        lock (_lock)
        {
            var (sum, kept) = _findings.TryGetValue(kind, out var found) ? found : (0, []);
            kept.AddRange(examples.Take(Finding.MaxExamples - kept.Count));
            _findings[kind] = (sum + count, kept);
        }
    }
}

/// <summary>Data that cannot be used. The message names the file and, where known, the image or annotation in it.</summary>
/// <param name="file">The file as the user named it; the message starts with it.</param>
/// <param name="problem">What was expected, what was found, and what to do.</param>
/// <param name="cause">The exception that led here.</param>
public sealed class DataException(string file, string problem, Exception? cause = null)
    : Exception($"{file}: {problem}", cause)
{
    /// <summary>The file as the user named it.</summary>
    public string File { get; } = file;
}
