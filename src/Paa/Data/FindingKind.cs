using System.Text.Json.Serialization;

namespace Paa.Data;

/// <summary>What can be wrong with a single image, annotation or class of a data set.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FindingKind>))]
public enum FindingKind
{
    /// <summary>A file as a whole cannot be used; only in the report of a check.</summary>
    UnusableFile,

    /// <summary>An image entry that is no object or has no integer <c>id</c>.</summary>
    ImageWithoutId,

    /// <summary>An image id occurs twice in one file.</summary>
    DuplicateImageId,

    /// <summary>An image entry without <c>file_name</c>.</summary>
    ImageWithoutFileName,

    /// <summary>An image entry without a positive integer <c>width</c> and <c>height</c>.</summary>
    ImageWithoutSize,

    /// <summary>An image id occurs in more than one file of the data set.</summary>
    ImageIdInSeveralFiles,

    /// <summary>Two image entries name the same file.</summary>
    DuplicateFileName,

    /// <summary>An image with a side below <see cref="CocoDataset.MinImageSide"/>.</summary>
    TinyImage,

    /// <summary>A category entry without integer <c>id</c> or without <c>name</c>.</summary>
    InvalidCategory,

    /// <summary>A category id occurs twice, or means different classes in several files.</summary>
    DuplicateCategoryId,

    /// <summary>Two categories of one file have the same name.</summary>
    DuplicateCategoryName,

    /// <summary>A class without a single usable box.</summary>
    ClassWithoutBoxes,

    /// <summary>An annotation that is no object, or whose <c>bbox</c> is not four numbers.</summary>
    InvalidAnnotation,

    /// <summary>NaN or an infinity in a box or an area.</summary>
    NotFinite,

    /// <summary>An annotation without an integer <c>id</c>.</summary>
    AnnotationWithoutId,

    /// <summary>An annotation id occurs twice in one file.</summary>
    DuplicateAnnotationId,

    /// <summary>An annotation of an image that the file does not list.</summary>
    UnknownImage,

    /// <summary>An annotation of an image that was left out itself.</summary>
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

    /// <summary>A box that reaches more than a pixel over the edge of its image.</summary>
    BoxPartlyOutside,

    /// <summary>Two boxes of one image with equal class and coordinates.</summary>
    DuplicateBox,

    /// <summary>The image file does not exist.</summary>
    ImageFileMissing,

    /// <summary>The image file is no image, damaged or cut off.</summary>
    ImageFileUnreadable,

    /// <summary>The decoded image has another size than the annotation file says.</summary>
    ImageSizeDiffers,
}
