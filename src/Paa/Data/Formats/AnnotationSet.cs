namespace Paa.Data.Formats;

/// <summary>Images and classes on the way from one format to another.</summary>
/// <param name="Categories">Classes in label order, with the ids that are written.</param>
/// <param name="Images">In the order in which they are written.</param>
public sealed record AnnotationSet(IReadOnlyList<CocoCategory> Categories, IReadOnlyList<AnnotatedImage> Images)
{
    /// <summary>Number of annotations of all images.</summary>
    public int AnnotationCount => Images.Sum(image => image.Annotations.Count);

    /// <summary>Everything in a data set.</summary>
    public static AnnotationSet From(CocoDataset dataset) => new(dataset.Categories,
        [.. dataset.Images.Select((image, i) => new AnnotatedImage(image, dataset.Annotations(i).ToArray()))]);

    /// <summary>A set whose ids count from 1.</summary>
    /// <param name="classes">Names in label order.</param>
    /// <param name="images">File, size and boxes of each image.</param>
    internal static AnnotationSet Number(
        IReadOnlyList<string> classes, IEnumerable<(string File, int Width, int Height, IReadOnlyList<ReadBox> Boxes)> images)
    {
        var id = 0;
        return new AnnotationSet([.. classes.Select((name, label) => new CocoCategory(label + 1, name))],
            [.. images.Select((image, i) => new AnnotatedImage(
                new CocoImage(i + 1, image.File, image.Width, image.Height, Source: 0),
                [.. image.Boxes.Select(box => new CocoAnnotation(++id, box.X, box.Y, box.Width, box.Height,
                    box.Width * box.Height, box.Label, box.IsCrowd, IsUsable: true))]))]);
    }
}
