namespace Paa.Data.Formats;

/// <summary>An image with its annotations, on the way from one format to another.</summary>
/// <param name="Image">Its id, file and size.</param>
/// <param name="Annotations">Its boxes; labels are positions in <see cref="AnnotationSet.Categories"/>.</param>
public sealed record AnnotatedImage(CocoImage Image, IReadOnlyList<CocoAnnotation> Annotations);
