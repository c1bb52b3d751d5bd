namespace Paa.Data;

/// <summary>A class of a data set; its label is its position in <see cref="CocoDataset.Categories"/>.</summary>
/// <param name="Id">The category id of the annotation file and of results.</param>
/// <param name="Name">The name of the class.</param>
public sealed record CocoCategory(long Id, string Name);
