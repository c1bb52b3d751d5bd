using Paa.Inference;

namespace Paa.Evaluation;

/// <summary>One detection in COCO's result format.</summary>
/// <param name="ImageId">Id of the image in the annotation file.</param>
/// <param name="CategoryId">Category id of the annotation file, not a label.</param>
/// <param name="X">Left edge in pixels of the original image.</param>
/// <param name="Y">Top edge in pixels.</param>
/// <param name="Width">Width in pixels.</param>
/// <param name="Height">Height in pixels.</param>
/// <param name="Score">The higher, the surer.</param>
public readonly record struct CocoResult(
    long ImageId, long CategoryId, double X, double Y, double Width, double Height, double Score)
{
    /// <summary>A detection as MMDetection writes it: width and height without a +1, subtracted in double precision.</summary>
    /// <param name="imageId">Id of the image.</param>
    /// <param name="categoryId">Category id of the detection's label, see <see cref="Data.CocoDataset.CategoryId"/>.</param>
    /// <param name="detection">Box in pixels of the original image.</param>
    public static CocoResult From(long imageId, long categoryId, Detection detection)
    {
        var box = detection.Box;
        return new(imageId, categoryId, box.X1, box.Y1, (double)box.X2 - box.X1, (double)box.Y2 - box.Y1, detection.Score);
    }
}
