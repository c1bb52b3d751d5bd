using Paa.Boxes;

namespace Paa.Data;

/// <summary>An image of a data set.</summary>
/// <param name="Id">Its id in the annotation file and in results.</param>
/// <param name="FileName">Its file, relative to the folder of images.</param>
/// <param name="Width">Columns, as the annotation file says.</param>
/// <param name="Height">Rows, as the annotation file says.</param>
/// <param name="Source">Index of the annotation file that lists it.</param>
public sealed record CocoImage(long Id, string FileName, int Width, int Height, int Source)
{
    /// <summary>Height and width, as the annotation file says.</summary>
    public ImageSize Size => new(Height, Width);

    /// <summary>Wider than high: such images are batched together, as in MMDetection.</summary>
    public bool IsWide => Width > Height;
}
