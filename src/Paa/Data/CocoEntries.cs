using Paa.Boxes;

namespace Paa.Data;

/// <summary>A labelled box. The numbers are exactly those of the file: evaluation needs them in double precision.</summary>
/// <param name="Id">The id in the file; -1 if there is none.</param>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Area">Area of the object's segmentation in square pixels; width times height if the file has none.</param>
/// <param name="Label">Contiguous class index.</param>
/// <param name="IsCrowd">Whether the box surrounds a group; detections in it are neither right nor wrong.</param>
/// <param name="IsUsable">
/// Whether MMDetection's filter lets it into training: width and height of at least a pixel, a positive area, and an overlap with
/// the image, and no <paramref name="IsIgnored"/>.
/// </param>
/// <param name="IsIgnored">
/// Whether the file sets <c>ignore</c>. As in MMDetection it is no object in training and no ignored region either; as in
/// pycocotools, the flag has no effect in evaluation.
/// </param>
public readonly record struct CocoAnnotation(
    long Id, double X, double Y, double Width, double Height, double Area, int Label, bool IsCrowd, bool IsUsable,
    bool IsIgnored = false)
{
    /// <summary>The numbers of the file as a box.</summary>
    internal XywhBox Xywh => new(X, Y, Width, Height);

    /// <summary>The corners; they are summed in double precision and rounded once, as MMDetection does.</summary>
    public Box Box => new((float)X, (float)Y, (float)(X + Width), (float)(Y + Height));
}

/// <summary>An image of a data set.</summary>
/// <param name="Id">Its id in the annotation file and in results.</param>
/// <param name="FileName">Its file, relative to the folder of images.</param>
/// <param name="Width">Columns, as the annotation file says, or else the image file.</param>
/// <param name="Height">Rows, as the annotation file says, or else the image file.</param>
/// <param name="Source">Index of the annotation file that lists it.</param>
public sealed record CocoImage(long Id, string FileName, int Width, int Height, int Source)
{
    /// <summary>Height and width, as the annotation file says.</summary>
    public ImageSize Size => new(Height, Width);

    /// <summary>Whether the image is wider than high; such images are batched together, as in MMDetection 2.x.</summary>
    public bool IsWide => Width > Height;
}

/// <summary>A class of a data set; its label is its position in <see cref="CocoDataset.Categories"/>.</summary>
/// <param name="Id">The category id of the annotation file and of results.</param>
/// <param name="Name">The name of the class.</param>
public sealed record CocoCategory(long Id, string Name)
{
    /// <summary>The group that the file puts it into; null for none.</summary>
    public string? Supercategory { get; init; }
}
