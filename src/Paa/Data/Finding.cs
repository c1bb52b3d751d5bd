using System.Text.Json.Serialization;

namespace Paa.Data;

/// <summary>How much a finding matters.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingSeverity>))]
public enum FindingSeverity
{
    /// <summary>The data is used, perhaps not as it was meant.</summary>
    Warning,

    /// <summary>Something was left out.</summary>
    Error,
}

/// <summary>One kind of problem in a data set: how often it occurs, and the first few places.</summary>
/// <param name="Kind">The kind of problem.</param>
/// <param name="Count">How often it occurs.</param>
/// <param name="Examples">The first places, at most <see cref="MaxExamples"/>, each a whole phrase.</param>
public sealed record Finding(FindingKind Kind, int Count, IReadOnlyList<string> Examples)
{
    /// <summary>Examples kept of each kind.</summary>
    public const int MaxExamples = 5;

    /// <summary>Whether something was left out.</summary>
    public FindingSeverity Severity => Describe(Kind).Severity;

    /// <summary>What the problem is and what is done about it.</summary>
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
        FindingKind.ImageIdInSeveralFiles => Warning("image id used by several files, renumbered"),
        FindingKind.DuplicateFileName => Warning("file named by two images"),
        FindingKind.TinyImage => Warning($"image with a side below {CocoDataset.MinImageSide} pixels, left out of training"),
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
