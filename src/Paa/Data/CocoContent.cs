namespace Paa.Data;

/// <summary>The parts of a <see cref="CocoDataset"/>, ids resolved.</summary>
sealed record CocoContent(
    string[] AnnotationFiles,
    string[] Folders,
    CocoImage[] Images,
    CocoCategory[] Categories,
    CocoAnnotation[] Annotations,
    int[] Starts,
    Finding[] Findings);
