namespace Paa.Data;

/// <summary>What an annotation file says, before ids are resolved.</summary>
/// <param name="path">The file as the user named it.</param>
sealed class CocoFile(string path)
{
    public string Path { get; } = path;

    public List<CocoImage> Images { get; } = [];

    public List<CocoCategory> Categories { get; } = [];

    public List<RawAnnotation> Annotations { get; } = [];

    /// <summary>Ids of images that were left out.</summary>
    public HashSet<long> UnusableImages { get; } = [];

    /// <summary>Annotations found in the file, used or not.</summary>
    public int AnnotationCount { get; set; }

    /// <summary>What was wrong with single entries.</summary>
    public FindingCollector Findings { get; } = new();
}

/// <summary>An annotation before ids are resolved; a missing area is NaN, a missing id -1.</summary>
record struct RawAnnotation
{
    public long Id = -1;
    public long ImageId;
    public long CategoryId;
    public double X, Y, Width, Height;
    public double Area = double.NaN;
    public bool IsCrowd;

    public RawAnnotation()
    {
    }
}
