using Paa.Data;
using Paa.Data.Formats;
using Paa.Options;

namespace Paa.Training.Recipes;

/// <summary>Where the annotations of a new detector are.</summary>
/// <param name="Train">A COCO JSON file, a folder of VOC's XML files, the <c>data.yaml</c> of a YOLO data set, or the folder of
/// an export with one of them.</param>
public sealed record OwnDataRequest(string Train)
{
    /// <summary>Folder of the images; null to look where they usually are: beside the annotations, in <c>images</c>, in
    /// <c>JPEGImages</c>.</summary>
    public string? Images { get; init; }

    /// <summary>Annotations to choose the best weights by; null: the other split of an export, or else a part of
    /// <see cref="Train"/>.</summary>
    public string? Val { get; init; }

    /// <summary>Annotations for the final evaluation; null: that of an export, or else those of <see cref="Val"/>.</summary>
    public string? Test { get; init; }

    /// <summary>Beginning of the names of files that have to be written: <c>NAME.train.json</c> and so on.</summary>
    public string FilePrefix { get; init; } = "data";
}

/// <summary>The data sets of a new detector, ready to be trained on.</summary>
/// <remarks>
/// What tools leave is read as it is where training can read it, too. Where it cannot (another format, ids that are texts, one
/// file for everything), a clean COCO file is to be written.
/// </remarks>
public sealed record OwnData
{
    const double ValShare = 0.2;

    /// <summary>The classes in label order: those with a box to learn from.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>Annotation file and image folder for training; the rest are defaults.</summary>
    public required DatasetOptions Train { get; init; }

    /// <summary>The same for the evaluation during training.</summary>
    public required DatasetOptions Val { get; init; }

    /// <summary>The same for the evaluation of the result.</summary>
    public required DatasetOptions Test { get; init; }

    /// <summary>What was read otherwise than it stands in the files, a sentence each.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Problems with single entries of files that are written anew.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Files to write before the data can be read, each with its content and the reason.</summary>
    internal IReadOnlyList<(string Path, AnnotationSet Set, string Reason)> Unwritten { get; init; } = [];

    /// <summary>Paths of the files that <see cref="Write"/> writes.</summary>
    public IReadOnlyList<string> Files => [.. Unwritten.Select(file => file.Path)];

    /// <summary>Finds and reads annotations; nothing is written.</summary>
    /// <param name="request">Where they are.</param>
    /// <exception cref="DataException">They cannot be trained on; the message says why and what to do.</exception>
    public static OwnData Find(OwnDataRequest request)
    {
        var notes = new List<string>();
        var source = AnnotationSource.Find(request.Train);
        var train = ReadAnnotations.Of(source, request.Images);
        foreach (var parent in train.Parents)
            notes.Add($"The category '{parent}' has no boxes and is the group of the others; it is no class.");
        var classes = ClassesOf(train, request.Train, notes);
        var val = Other("val", request.Val);
        var test = Other("test", request.Test);
        if (val is null)
        {
            if (train.Set.Images.Count < 2)
                throw new DataException(request.Train, "there is only one image; training needs one to learn from and another to "
                    + "evaluate on, and better a hundred.");
            var (first, second) = StratifiedSplit.Split(train.Set, ValShare);
            string[] reason =
                [.. train.Changes, $"{train.Set.Images.Count} images split by image, every fifth to evaluate on"];
            val = train with { Set = second, File = null, Changes = reason, Findings = [] };
            train = train with { Set = first, File = null, Changes = reason };
            notes.Add($"There is no file to evaluate on: {first.Images.Count} of the images are to learn from, "
                + $"{second.Images.Count} to evaluate on. Images that look alike may be in both; then name a --val of your own.");
        }
        var unwritten = new List<(string, AnnotationSet, string)>();
        var findings = new List<Finding>();
        var trainFiles = Place("train", train);
        var valFiles = Place("val", val);
        var testFiles = test is null ? valFiles : Place("test", test);
        TellOfCommonImages(train, val, "evaluate on", notes);
        if (test is not null) TellOfCommonImages(train, test, "test on", notes);
        return new OwnData
        {
            Classes = [.. classes.Select(category => category.Name)],
            Train = trainFiles,
            Val = valFiles,
            Test = testFiles,
            Notes = notes,
            Findings = findings,
            Unwritten = unwritten,
        };

        ReadAnnotations? Other(string split, string? path) => path is null
            ? Beside(source, split, request.Images, train, notes)
            : ReadAnnotations.Of(AnnotationSource.Find(path), request.Images);

        DatasetOptions Place(string split, ReadAnnotations read)
        {
            var (set, changes) = Prepare(split, read, classes);
            var file = read.File!;
            if (changes.Count > 0)
            {
                file = $"{request.FilePrefix}.{split}.json";
                unwritten.Add((file, set, string.Join("; ", changes)));
                findings.AddRange(read.Findings);
            }
            return new DatasetOptions { AnnotationFiles = [file], ImageFolders = [read.Folder] };
        }
    }

    /// <summary>Writes the files that training needs, each whole or not at all.</summary>
    /// <returns>A sentence about each.</returns>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public IReadOnlyList<string> Write()
    {
        foreach (var (path, set, _) in Unwritten) CocoWriter.Write(path, set);
        return [.. Unwritten.Select(file => $"{file.Path}: {file.Set.Images.Count} images, {file.Set.AnnotationCount} boxes; "
            + $"{file.Reason}.")];
    }

    /// <summary>Another split of the export that the training set is from.</summary>
    static ReadAnnotations? Beside(
        AnnotationSource source, string split, string? images, ReadAnnotations train, List<string> notes)
    {
        if (source.Beside(split) is not { } other) return null;
        var read = ReadAnnotations.Of(other, images);
        if (CommonImages(train, read) == train.Set.Images.Count) return null;       // one folder, named for all splits
        notes.Add($"{split}: {other.Path}{(other.Part is null ? "" : $" ({other.Part})")} was found beside the training set.");
        return read;
    }

    static List<CocoCategory> ClassesOf(ReadAnnotations train, string path, List<string> notes)
    {
        var counts = new int[train.Set.Categories.Count];
        foreach (var box in UsableBoxes(train.Set)) counts[box.Label]++;
        var all = train.Set.AnnotationCount;
        if (counts.Sum() == 0)
        {
            var worst = train.Findings.Where(finding => finding.Severity == FindingSeverity.Error)
                .MaxBy(finding => finding.Count);
            throw new DataException(path, all == 0 ? $"there is no box on its {train.Set.Images.Count} images."
                : $"none of its {all} boxes can be trained on{(worst is null ? "" : $": {worst}")}.");
        }
        string[] empty = [.. train.Set.Categories.Where((_, label) => counts[label] == 0).Select(category => category.Name)];
        if (empty.Length > 0)
            notes.Add($"{empty.Length} of {counts.Length} categories have no box to learn from and are no classes: "
                + $"{string.Join(", ", empty.Take(8))}{(empty.Length > 8 ? ", ..." : "")}.");
        return [.. train.Set.Categories.Where((_, label) => counts[label] > 0)];
    }

    /// <summary>A split with the classes alone, and why it has to be written; for no reason if its file can be read.</summary>
    static (AnnotationSet Set, List<string> Changes) Prepare(string split, ReadAnnotations read, List<CocoCategory> classes)
    {
        List<string> changes = [.. read.Changes];
        var names = read.Set.Categories.Select(category => category.Name).ToHashSet();
        var absent = classes.Where(category => !names.Contains(category.Name)).ToList();
        if (absent.Count > 0) changes.Add($"it lacks the category '{absent[0].Name}'{(absent.Count > 1 ? " and others" : "")}");
        var set = OfClasses(read.Set, classes);
        if (!UsableBoxes(set).Any())
            throw new DataException(read.File ?? split, "no box of the classes "
                + $"{string.Join(", ", classes.Take(8).Select(category => category.Name))} for {split}; name another file.");
        return (set, changes);
    }

    /// <summary>The set with other categories, matched by name; boxes of others are left out.</summary>
    static AnnotationSet OfClasses(AnnotationSet set, List<CocoCategory> classes)
    {
        int[] labels = [.. set.Categories.Select(category => classes.FindIndex(other => other.Name == category.Name))];
        return new AnnotationSet(classes, [.. set.Images.Select(image => image with
        {
            Annotations = [.. image.Annotations.Where(box => labels[box.Label] >= 0)
                .Select(box => box with { Label = labels[box.Label] })],
        })]);
    }

    static IEnumerable<CocoAnnotation> UsableBoxes(AnnotationSet set) =>
        set.Images.SelectMany(image => image.Annotations).Where(box => box is { IsUsable: true, IsCrowd: false });

    static int CommonImages(ReadAnnotations one, ReadAnnotations other)
    {
        var paths = Paths(one).ToHashSet();
        return Paths(other).Count(paths.Contains);

        static IEnumerable<string> Paths(ReadAnnotations read) =>
            read.Set.Images.Select(image => Path.GetFullPath(Path.Combine(read.Folder, image.Image.FileName)));
    }

    static void TellOfCommonImages(ReadAnnotations train, ReadAnnotations other, string use, List<string> notes)
    {
        if (CommonImages(train, other) is > 0 and var count)
            notes.Add($"{count} of the {other.Set.Images.Count} images to {use} are also learnt from: "
                + "the result will look too good.");
    }
}
