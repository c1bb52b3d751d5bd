using Paa.Boxes;

namespace Paa.Data;

/// <summary>A labelled box, with the numbers exactly as the file has them: evaluation needs them in double precision.</summary>
/// <param name="Id">Its id in the file; -1 if it has none.</param>
/// <param name="X">Left edge in pixels.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Area">Area of the object's segmentation in pixels; width times height if the file has none.</param>
/// <param name="Label">Contiguous class index.</param>
/// <param name="IsCrowd">The box surrounds a group: detections in it are neither right nor wrong.</param>
/// <param name="IsUsable">MMDetection's filter lets it into training: width and height of at least a pixel, an area, and an
/// overlap with the image.</param>
public readonly record struct CocoAnnotation(
    long Id, double X, double Y, double Width, double Height, double Area, int Label, bool IsCrowd, bool IsUsable)
{
    /// <summary>The corners; they are summed in double precision and rounded once, as MMDetection does.</summary>
    public Box Box => new((float)X, (float)Y, (float)(X + Width), (float)(Y + Height));
}
