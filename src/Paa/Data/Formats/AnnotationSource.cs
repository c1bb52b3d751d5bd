namespace Paa.Data.Formats;

/// <summary>Formats in which tools leave annotations.</summary>
enum AnnotationFormat
{
    /// <summary>One JSON file.</summary>
    Coco,

    /// <summary>A folder with one XML file per image.</summary>
    Voc,

    /// <summary>A <c>data.yaml</c>, and one text file per image.</summary>
    Yolo,
}

/// <summary>The annotations of one split, found by what lies at a path.</summary>
/// <param name="Format">What was found.</param>
/// <param name="Path">The JSON file, the folder of the XML files, or the <c>data.yaml</c>.</param>
/// <param name="Part">The split in the <c>data.yaml</c>, or the file in VOC's <c>ImageSets/Main</c> that lists the images; null
/// for all.</param>
sealed record AnnotationSource(AnnotationFormat Format, string Path, string? Part = null)
{
    const string RoboflowName = "_annotations.coco.json";
    const string Expected = "expected a COCO JSON file, a folder of VOC's XML files, or the data.yaml of a YOLO data set";
    const int MaxNames = 5;

    static readonly string[] YoloNames = ["data.yaml", "data.yml", "dataset.yaml"];
    static readonly Dictionary<string, string[]> OtherNames = new()
    {
        ["val"] = ["val", "valid", "validation"],
        ["test"] = ["test"],
    };

    /// <summary>Finds out what a path names.</summary>
    /// <param name="path">A file, or the folder of an export.</param>
    /// <exception cref="DataException">There are no annotations, or several files that may be meant.</exception>
    public static AnnotationSource Find(string path)
    {
        if (Directory.Exists(path)) return InFolder(path) ?? throw new DataException(path, $"no annotations here; {Expected}."
            + (IsYoloWithoutDescription(path) ? " There are label files, but no data.yaml with the names of the classes." : ""));
        if (!File.Exists(path)) throw new DataException(path, $"no such file or folder; {Expected}.");
        return System.IO.Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => new AnnotationSource(AnnotationFormat.Coco, path),
            ".yaml" or ".yml" => new AnnotationSource(AnnotationFormat.Yolo, path, "train"),
            ".xml" => throw new DataException(path, "these are the annotations of one image; name their folder."),
            _ => throw new DataException(path, $"these are no annotations; {Expected}."),
        };
    }

    /// <summary>Another split of the same export: in the <c>data.yaml</c>, in a folder or a file of that name beside this one;
    /// null if there is none.</summary>
    /// <param name="split">"val" or "test".</param>
    public AnnotationSource? Beside(string split)
    {
        if (Format == AnnotationFormat.Yolo)
            return YoloLayout.Read(Path).Splits.ContainsKey(split) ? this with { Part = split } : null;
        if (Part is not null)
            return System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Part)!, $"{split}.txt") is var list && File.Exists(list)
                ? this with { Part = list } : null;
        var path = OtherNames[split].Select(Renamed).FirstOrDefault(System.IO.Path.Exists);
        return path is null || (Format == AnnotationFormat.Voc && !HasXml(path)) ? null : this with { Path = path };
    }

    /// <summary>Folders in which the images may lie, the likely ones first.</summary>
    public IEnumerable<string> ImageFolders()
    {
        var folder = Format == AnnotationFormat.Voc ? Path : FolderOf(Path);
        var above = System.IO.Path.Combine(folder, "..");
        var name = System.IO.Path.GetFileNameWithoutExtension(Path).Replace("instances_", "", StringComparison.Ordinal);
        string[] folders = Format == AnnotationFormat.Voc
            ? [$"{above}/JPEGImages", $"{above}/images", folder, above]
            : [folder, $"{folder}/images", $"{above}/images", $"{folder}/{name}", $"{above}/{name}", above];
        return folders.Where(Directory.Exists).Select(Tidy);
    }

    /// <summary>The path with the name of another split in place of "train", in the name of the file or else of its folder; ""
    /// where there is none.</summary>
    string Renamed(string split)
    {
        const string Train = "train";
        var folder = Format == AnnotationFormat.Voc ? "" : FolderOf(Path);
        var own = Format == AnnotationFormat.Voc ? Path : System.IO.Path.GetFileName(Path);
        if (Format == AnnotationFormat.Coco && own.Contains(Train, StringComparison.Ordinal))
            return System.IO.Path.Combine(folder, own.Replace(Train, split, StringComparison.Ordinal));
        var renamed = Format == AnnotationFormat.Voc ? own : folder;
        if (System.IO.Path.GetFileName(System.IO.Path.GetFullPath(renamed)) != Train) return "";
        var sibling = Tidy(System.IO.Path.Combine(renamed, "..", split));
        return Format == AnnotationFormat.Voc ? sibling : System.IO.Path.Combine(sibling, own);
    }

    static AnnotationSource? InFolder(string folder)
    {
        if (System.IO.Path.Combine(folder, RoboflowName) is var export && File.Exists(export))
            return new AnnotationSource(AnnotationFormat.Coco, export);
        if (YoloNames.Select(name => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } description)
            return new AnnotationSource(AnnotationFormat.Yolo, description, "train");
        foreach (var place in new[] { folder, System.IO.Path.Combine(folder, "Annotations") })
            if (HasXml(place)) return new AnnotationSource(AnnotationFormat.Voc, place, ListOf(place));
        if (System.IO.Path.Combine(folder, "train") is var train && Directory.Exists(train)) return InFolder(train);
        foreach (var place in new[] { folder, System.IO.Path.Combine(folder, "annotations") }.Where(Directory.Exists))
        {
            string[] files = [.. Directory.EnumerateFiles(place, "*.json").Order(StringComparer.Ordinal)];
            string[] named = [.. files.Where(file =>
                System.IO.Path.GetFileName(file).Contains("train", StringComparison.OrdinalIgnoreCase))];
            if ((named.Length == 1 ? named[0] : files.Length == 1 ? files[0] : null) is { } file)
                return new AnnotationSource(AnnotationFormat.Coco, file);
            if (files.Length > 1)
                throw new DataException(place, $"{files.Length} JSON files are here; name one of "
                    + $"{string.Join(", ", files.Take(MaxNames).Select(System.IO.Path.GetFileName))}.");
        }
        return null;
    }

    /// <summary>VOC's list of the training images beside a folder of annotations; null if there is none.</summary>
    static string? ListOf(string annotations)
    {
        var lists = Tidy(System.IO.Path.Combine(annotations, "..", "ImageSets", "Main"));
        return new[] { "train.txt", "trainval.txt" }
            .Select(name => System.IO.Path.Combine(lists, name)).FirstOrDefault(File.Exists);
    }

    static bool HasXml(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.xml").Any();

    static bool IsYoloWithoutDescription(string folder) =>
        Directory.Exists(System.IO.Path.Combine(folder, "labels")) || Directory.EnumerateFiles(folder, "*.txt").Any();

    static string FolderOf(string file) =>
        System.IO.Path.GetDirectoryName(file) is { Length: > 0 } folder ? folder : ".";

    /// <summary>Shortens <c>my/voc/../images</c>; a relative path stays relative.</summary>
    internal static string Tidy(string path) => System.IO.Path.IsPathRooted(path)
        ? System.IO.Path.GetFullPath(path)
        : System.IO.Path.GetRelativePath(Directory.GetCurrentDirectory(), System.IO.Path.GetFullPath(path));
}
