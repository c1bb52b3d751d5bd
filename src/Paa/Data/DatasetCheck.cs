using Paa.Imaging;
using Paa.Options;

namespace Paa.Data;

/// <summary>The result of a check of a data set.</summary>
/// <param name="Files">The annotation files.</param>
/// <param name="Images">Usable images.</param>
/// <param name="Annotations">Annotations of the classes.</param>
/// <param name="Classes">The classes in label order.</param>
/// <param name="Findings">All problems, in the order of <see cref="FindingKind"/>.</param>
public sealed record DatasetReport(
    IReadOnlyList<string> Files, int Images, int Annotations, IReadOnlyList<string> Classes, IReadOnlyList<Finding> Findings)
{
    /// <summary>Whether something is left out because of an error.</summary>
    public bool HasErrors => Findings.Any(finding => finding.Severity == FindingSeverity.Error);
}

/// <summary>Finds all problems of a data set and its image files: <c>paa data check</c>.</summary>
public static class DatasetCheck
{
    /// <summary>How far a box may reach over the edge of its image, in pixels, before it is reported.</summary>
    const double EdgeTolerance = 1;

    /// <summary>Checks a data set. A file that cannot be used is reported as a finding, too.</summary>
    /// <param name="options">Annotation files and folders of images.</param>
    /// <param name="classes">Class names in label order; null: the categories of the files.</param>
    /// <param name="readImages">Whether to decode every image, which finds damaged files and wrong sizes.</param>
    /// <param name="progress">Receives the number of images read, from several threads.</param>
    /// <param name="cancellation">Ends the check with an <see cref="OperationCanceledException"/>.</param>
    public static DatasetReport Run(DatasetOptions options, IReadOnlyList<string>? classes = null, bool readImages = true,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        try
        {
            return Run(CocoDataset.Load(options, classes), options.MinImageSide, readImages, progress, cancellation);
        }
        catch (DataException e)
        {
            var unusable = new Finding(FindingKind.UnusableFile, 1, [e.Message]);
            return new DatasetReport(options.AnnotationFiles, 0, 0, classes ?? [], [unusable]);
        }
    }

    /// <summary>Checks a loaded data set; the result includes the findings of loading.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="minSide">Training leaves out images whose shorter side is below this, in pixels.</param>
    /// <param name="readImages">Whether to decode every image, which finds damaged files and wrong sizes.</param>
    /// <param name="progress">Receives the number of images read, from several threads.</param>
    /// <param name="cancellation">Ends the check with an <see cref="OperationCanceledException"/>.</param>
    public static DatasetReport Run(CocoDataset dataset, int minSide, bool readImages = true, IProgress<int>? progress = null,
        CancellationToken cancellation = default)
    {
        var findings = new FindingCollector();
        findings.Add(dataset.Findings);
        CheckImageEntries(dataset, minSide, findings);
        CheckBoxes(dataset, findings);
        CheckFiles(dataset, readImages, findings, progress, cancellation);
        return new DatasetReport(
            dataset.AnnotationFiles, dataset.Images.Count, dataset.AnnotationCount, dataset.Classes, findings.ToArray());
    }

    static void CheckImageEntries(CocoDataset dataset, int minSide, FindingCollector findings)
    {
        var imageOf = new Dictionary<string, long>();
        foreach (var (i, image) in dataset.Images.Index())
        {
            if (!imageOf.TryAdd(dataset.ImagePath(i), image.Id))
                findings.Add(FindingKind.DuplicateFileName,
                    $"{image.FileName}, images {imageOf[dataset.ImagePath(i)]} and {image.Id}");
            if (Math.Min(image.Width, image.Height) < minSide)
                findings.Add(FindingKind.TinyImage, $"image {image.Id} ({image.FileName}): {image.Width} x {image.Height}");
        }
    }

    static void CheckBoxes(CocoDataset dataset, FindingCollector findings)
    {
        var boxesOfClass = new int[dataset.Classes.Count];
        var seen = new HashSet<(int, double, double, double, double)>();
        foreach (var (i, image) in dataset.Images.Index())
        {
            seen.Clear();
            foreach (var a in dataset.Annotations(i))
            {
                var place = $"annotation {a.Id} (image {image.Id})";
                if (a is { IsUsable: true, IsCrowd: false }) boxesOfClass[a.Label]++;
                if (!seen.Add((a.Label, a.X, a.Y, a.Width, a.Height)))
                    findings.Add(FindingKind.DuplicateBox, $"{place}: {dataset.Classes[a.Label]} at x {a.X}, y {a.Y}");
                var beyond = Math.Max(Math.Max(-a.X, -a.Y), Math.Max(a.X + a.Width - image.Width, a.Y + a.Height - image.Height));
                if (a.IsUsable && beyond > EdgeTolerance)
                    findings.Add(FindingKind.BoxPartlyOutside, $"{place}: by {beyond:0.#} pixels");
            }
        }
        foreach (var (label, count) in boxesOfClass.Index())
            if (count == 0) findings.Add(FindingKind.ClassWithoutBoxes, dataset.Classes[label]);
    }

    static void CheckFiles(CocoDataset dataset, bool readImages, FindingCollector findings, IProgress<int>? progress,
        CancellationToken cancellation)
    {
        var found = new (FindingKind Kind, string? Text)[dataset.Images.Count];
        var done = 0;
        Parallel.For(0, found.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            found[i] = CheckFile(dataset, i, readImages);
            progress?.Report(Interlocked.Increment(ref done));
        });
        // Added afterwards, so that the examples do not depend on the order of the threads.
        foreach (var (kind, text) in found)
            if (text is not null) findings.Add(kind, text);
    }

    static (FindingKind Kind, string? Text) CheckFile(CocoDataset dataset, int index, bool readImages)
    {
        var (path, entry) = (dataset.ImagePath(index), dataset.Images[index]);
        if (!File.Exists(path)) return (FindingKind.ImageFileMissing, $"{path} (image {entry.Id})");
        if (!readImages) return default;
        try
        {
            using var image = Image.Load(path);
            if (image.Width == entry.Width && image.Height == entry.Height) return default;
            var isTurned = image.Width == entry.Height && image.Height == entry.Width;
            var hint = isTurned ? "; perhaps the boxes were drawn without its EXIF rotation" : "";
            return (FindingKind.ImageSizeDiffers, $"{path} (image {entry.Id}): {image.Width} x {image.Height}, "
                + $"the annotation file says {entry.Width} x {entry.Height}{hint}");
        }
        catch (ImageException e)
        {
            return (FindingKind.ImageFileUnreadable, $"{path} (image {entry.Id}): {e.Reason}");
        }
    }
}
