using Paa.Data.Formats;

namespace Paa.Data;

/// <summary>The content of a <see cref="CocoDataset"/>, with all ids resolved.</summary>
/// <param name="AnnotationFiles">The files read, as the user named them.</param>
/// <param name="Folders">Folder of images of each file.</param>
/// <param name="Images">The images in the order of the files.</param>
/// <param name="Categories">The classes in label order.</param>
/// <param name="Annotations">Annotations grouped by image, within an image in the order of the file.</param>
/// <param name="Starts">Index of each image's first annotation, then the number of annotations.</param>
/// <param name="Findings">All problems with single entries.</param>
sealed record CocoContent(
    string[] AnnotationFiles, string[] Folders, CocoImage[] Images, CocoCategory[] Categories, CocoAnnotation[] Annotations,
    int[] Starts, Finding[] Findings);

/// <summary>Resolves the ids of parsed annotation files and joins them into one data set.</summary>
/// <param name="files">The parsed files.</param>
/// <param name="folders">Folder of images of each file.</param>
/// <param name="classes">Class names in label order; null: the categories of the files.</param>
sealed class CocoDatasetBuilder(CocoFile[] files, string[] folders, IReadOnlyList<string>? classes)
{
    readonly List<CocoImage> _images = [];
    readonly FindingCollector _findings = new();
    long _largestId = long.MinValue;

    public CocoContent Build()
    {
        var categories = new CategoryTable(files, classes, _findings);
        var byFile = new List<CocoAnnotation>[files.Length];
        var imageOf = new List<int>[files.Length];
        var usedIds = new HashSet<long>();
        for (var f = 0; f < files.Length; f++)
        {
            ReadMissingSizes(files[f], folders[f]);
            _findings.Add(files[f].Findings.ToArray(), Prefix(files[f]));
            var indexOf = AddImages(f, usedIds);
            (byFile[f], imageOf[f]) = Resolve(files[f], indexOf, categories.LabelsOf(f));
        }
        var (annotations, starts) = GroupByImage(byFile, imageOf);
        return new CocoContent([.. files.Select(file => file.Path)], folders, [.. _images], categories.Categories, annotations,
            starts, _findings.ToArray());
    }

    /// <summary>Takes sizes that the annotation file lacks from the image files; without one the image is left out.</summary>
    static void ReadMissingSizes(CocoFile file, string folder)
    {
        if (file.WithoutSize.Count == 0) return;
        var (images, missing) = (file.Images, file.WithoutSize);
        var sizes = new (int Width, int Height)[missing.Count];
        var problems = new string?[missing.Count];
        Parallel.For(0, missing.Count, i =>
        {
            try
            {
                sizes[i] = ImageSizes.Read(Path.Combine(folder, images[missing[i].Index].FileName));
            }
            catch (DataException e)
            {
                problems[i] = e.Message;
            }
        });
        foreach (var ((index, got), i) in missing.Select((entry, i) => (entry, i)))
        {
            images[index] = images[index] with { Width = sizes[i].Width, Height = sizes[i].Height };
            if (problems[i] is null)
            {
                file.Findings.Add(FindingKind.ImageSizeFromFile, got);
                continue;
            }
            file.Findings.Add(FindingKind.ImageWithoutSize, $"{got}; {problems[i]!.TrimEnd('.')}");
            file.UnusableImages.Add(images[index].Id);
        }
        images.RemoveAll(image => image.Width == 0);
    }

    /// <summary>Adds the images of a file; returns the index of each of its ids.</summary>
    Dictionary<long, int> AddImages(int source, HashSet<long> usedIds)
    {
        var file = files[source];
        var indexOf = new Dictionary<long, int>(file.Images.Count);
        foreach (var image in file.Images)
        {
            if (!indexOf.TryAdd(image.Id, _images.Count))
            {
                _findings.Add(FindingKind.DuplicateImageId, $"{Prefix(file)}image {image.Id} ({image.FileName})");
                continue;
            }
            var id = image.Id;
            if (!usedIds.Add(id))
            {
                id = _largestId + 1;
                usedIds.Add(id);
                _findings.Add(FindingKind.ImageIdInSeveralFiles,
                    $"{Prefix(file)}image {image.Id} ({image.FileName}) becomes {id}");
            }
            _largestId = Math.Max(_largestId, id);
            _images.Add(image with { Id = id, Source = source });
        }
        if (indexOf.Count > 0) return indexOf;
        var reasons = file.Findings.ToArray();
        throw new DataException(file.Path, reasons.Length == 0
            ? "the list of images is empty." : $"no usable image: {reasons[0]}.");
    }

    (List<CocoAnnotation> Annotations, List<int> Images) Resolve(
        CocoFile file, Dictionary<long, int> indexOf, Dictionary<long, int> labels)
    {
        var annotations = new List<CocoAnnotation>(file.Annotations.Count);
        var images = new List<int>(file.Annotations.Count);
        var unresolved = new FindingCollector();
        foreach (var (imageId, categoryId, annotation) in file.Annotations)
        {
            if (!indexOf.TryGetValue(imageId, out var image))
            {
                var isUnusable = file.UnusableImages.Contains(imageId);
                unresolved.Add(isUnusable ? FindingKind.AnnotationOfUnusableImage : FindingKind.UnknownImage,
                    $"annotation {annotation.Id}: image {imageId}");
                continue;
            }
            if (!labels.TryGetValue(categoryId, out var label))
            {
                unresolved.Add(FindingKind.UnknownCategory,
                    $"annotation {annotation.Id} (image {imageId}): category {categoryId}");
                continue;
            }
            if (label < 0) continue;                // a category that is not among the requested classes
            annotations.Add(Judge(annotation with { Label = label }, _images[image], Prefix(file)));
            images.Add(image);
        }
        var resolved = file.Annotations.Count - unresolved.Count;
        _findings.Add(unresolved.ToArray(), Prefix(file));
        if (resolved == 0 && file.AnnotationCount > 0)
        {
            Finding[] reasons = [.. file.Findings.ToArray(), .. unresolved.ToArray()];
            var worst = reasons.Where(r => r.Kind >= FindingKind.InvalidAnnotation && r.Severity == FindingSeverity.Error)
                .MaxBy(r => r.Count);
            throw new DataException(file.Path, $"none of the {file.AnnotationCount} annotations can be used: {worst}.");
        }
        FindDuplicateIds(file);
        return (annotations, images);
    }

    /// <summary>Applies MMDetection's filter and records what fails it.</summary>
    CocoAnnotation Judge(CocoAnnotation read, CocoImage image, string prefix)
    {
        var area = read.Area;
        string Place() => $"{prefix}annotation {read.Id} (image {image.Id})";
        if (double.IsNaN(area))
        {
            area = read.Width * read.Height;
            _findings.Add(FindingKind.MissingArea, Place());
        }
        var overlapWidth = Math.Max(0, Math.Min(read.X + read.Width, image.Width) - Math.Max(read.X, 0));
        var overlapHeight = Math.Max(0, Math.Min(read.Y + read.Height, image.Height) - Math.Max(read.Y, 0));
        FindingKind? problem =
            read.IsIgnored ? FindingKind.IgnoredAnnotation
            : read.Width < 0 || read.Height < 0 ? FindingKind.NegativeBox
            : read.Width < 1 || read.Height < 1 ? FindingKind.DegenerateBox
            : area <= 0 ? FindingKind.ZeroArea
            : overlapWidth * overlapHeight == 0 ? FindingKind.BoxOutsideImage
            : null;
        if (problem is { } kind)
            _findings.Add(kind, kind switch
            {
                FindingKind.ZeroArea => $"{Place()}: area {area}",
                FindingKind.IgnoredAnnotation => Place(),
                FindingKind.BoxOutsideImage =>
                    $"{Place()}: x {read.X}, y {read.Y}, {read.Width} x {read.Height} in {image.Width} x {image.Height}",
                _ => $"{Place()}: {read.Width} x {read.Height}",
            });
        return read with { Area = area, IsUsable = problem is null };
    }

    /// <summary>The prefix of an example: the file, if there are several.</summary>
    string Prefix(CocoFile file) => files.Length == 1 ? "" : $"{file.Path}: ";

    void FindDuplicateIds(CocoFile file)
    {
        long[] ids = [.. file.Annotations.Select(entry => entry.Annotation.Id).Where(id => id != CocoAnnotationParser.NoId)];
        ids.Sort();
        for (var i = 1; i < ids.Length; i++)
            if (ids[i] == ids[i - 1]) _findings.Add(FindingKind.DuplicateAnnotationId, $"{Prefix(file)}annotation {ids[i]}");
    }

    /// <summary>Counting sort: annotations by image, within an image in the order of the file.</summary>
    (CocoAnnotation[] Annotations, int[] Starts) GroupByImage(List<CocoAnnotation>[] byFile, List<int>[] imageOf)
    {
        var starts = new int[_images.Count + 1];
        foreach (var images in imageOf)
            foreach (var image in images) starts[image + 1]++;
        for (var i = 0; i < _images.Count; i++) starts[i + 1] += starts[i];
        var next = starts.AsSpan(0, _images.Count).ToArray();
        var grouped = new CocoAnnotation[starts[^1]];
        for (var f = 0; f < byFile.Length; f++)
            for (var i = 0; i < byFile[f].Count; i++) grouped[next[imageOf[f][i]]++] = byFile[f][i];
        return (grouped, starts);
    }
}
