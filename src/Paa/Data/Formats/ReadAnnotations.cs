namespace Paa.Data.Formats;

/// <summary>The annotations of one split, read from whatever format they are in, with their images found.</summary>
/// <param name="Set">Classes, images and boxes; file names are relative to <paramref name="Folder"/>.</param>
/// <param name="Folder">Folder of the images.</param>
/// <param name="File">The COCO file; null for another format.</param>
/// <param name="Parents">Categories that are only the group of the others, as Roboflow writes one; left out.</param>
/// <param name="Changes">What has to be written anew for training to read it, each a phrase; empty if the file can be used as it
/// is.</param>
/// <param name="Findings">Problems with single entries.</param>
sealed record ReadAnnotations(
    AnnotationSet Set, string Folder, string? File, IReadOnlyList<string> Parents, IReadOnlyList<string> Changes,
    IReadOnlyList<Finding> Findings)
{
    /// <summary>Reads a split.</summary>
    /// <param name="source">What was found.</param>
    /// <param name="imageFolder">Folder of the images; null to look where they usually are.</param>
    /// <exception cref="DataException">The annotations cannot be used, or none of the images was found.</exception>
    public static ReadAnnotations Of(AnnotationSource source, string? imageFolder)
    {
        if (imageFolder is not null && !Directory.Exists(imageFolder))
            throw new DataException(imageFolder, "no such folder; expected the one with the images.");
        string[] folders = [.. imageFolder is null ? source.ImageFolders() : source.ImageFolders().Prepend(imageFolder)];
        return source.Format switch
        {
            AnnotationFormat.Coco => Coco(source, folders),
            AnnotationFormat.Voc => Voc(source, folders),
            _ => Yolo(source),
        };
    }

    static ReadAnnotations Coco(AnnotationSource source, string[] folders)
    {
        var file = CocoParser.Parse(source.Path, acceptTextIds: true);
        string[] names = [.. file.Images.Select(image => image.FileName)];
        var found = names.Length == 0 ? null : FindImages(source, names, folders);
        var missing = new HashSet<string>();
        for (var i = 0; i < names.Length; i++)
        {
            if (found!.Names[i] is { } name) file.Images[i] = file.Images[i] with { FileName = name };
            else missing.Add(names[i]);
        }
        var parents = RemoveParents(file);
        ThrowIfNamedTwice(file);
        var folder = found?.Folder ?? "";
        var dataset = new CocoDataset(new CocoDatasetBuilder([file], [folder], classes: null).Build());
        var set = AnnotationSet.From(dataset);
        set = set with { Images = [.. set.Images.Where(image => !missing.Contains(image.Image.FileName))] };
        var areTexts = file.TextIds!.AreUsed;
        return new ReadAnnotations(areTexts ? set.Renumbered() : set, folder, source.Path, parents,
            [.. areTexts ? ["ids are texts"] : Array.Empty<string>(), .. NameChanges(found, names)], dataset.Findings);
    }

    static ReadAnnotations Voc(AnnotationSource source, string[] folders)
    {
        var listed = source.Part is null ? null
            : System.IO.File.ReadLines(source.Part).Select(line => line.Trim().Split(' ')[0])
                .Where(name => name.Length > 0).ToHashSet();
        var set = VocReader.Read(source.Path, folders.FirstOrDefault(HasImages), classes: null, listed);
        string[] names = [.. set.Images.Select(image => image.Image.FileName)];
        var found = FindImages(source, names, folders);
        set = set with
        {
            Images = [.. set.Images.Zip(found.Names).Where(pair => pair.Second is not null)
                .Select(pair => pair.First with { Image = pair.First.Image with { FileName = pair.Second! } })],
        };
        return new ReadAnnotations(set, found.Folder, File: null, [], ["from VOC's XML files", .. NameChanges(found, names)], []);
    }

    static ReadAnnotations Yolo(AnnotationSource source)
    {
        var (set, root) = YoloReader.Read(source.Path, source.Part!);
        if (!Path.IsPathRooted(source.Path)) root = Path.GetRelativePath(Directory.GetCurrentDirectory(), root);
        return new ReadAnnotations(set, root, File: null, [], [$"from the {source.Part} split of {source.Path}"], []);
    }

    static ImageFolderSearch FindImages(AnnotationSource source, string[] names, string[] folders) =>
        ImageFolderSearch.Find(names, folders) ?? throw new DataException(source.Path,
            $"not one of its {names.Length} images was found, such as {names[0]}; looked in {string.Join(", ", folders)}. "
            + "Name the folder of the images with --images.");

    static IEnumerable<string> NameChanges(ImageFolderSearch? found, string[] names)
    {
        if (found is null) yield break;
        var renamed = found.Names.Zip(names).Where(pair => pair.First is not null && pair.First != pair.Second).ToList();
        if (renamed.Count > 0)
            yield return $"{renamed.Count} images lie elsewhere than it says ({renamed[0].Second} is {renamed[0].First})";
        if (found.MissingCount > 0)
            yield return $"{found.MissingCount} images are missing, such as {names[found.Names.ToList().IndexOf(null)]}";
    }

    /// <summary>Removes categories that no annotation has and that others name as their group.</summary>
    static List<string> RemoveParents(CocoFile file)
    {
        var used = file.Annotations.Select(annotation => annotation.CategoryId).ToHashSet();
        var parents = file.Categories.Where(category => !used.Contains(category.Id) && file.Categories.Any(other =>
            other.Id != category.Id && other.Supercategory == category.Name)).ToList();
        if (parents.Count < file.Categories.Count) file.Categories.RemoveAll(parents.Contains);
        else parents.Clear();
        return [.. parents.Select(parent => parent.Name)];
    }

    static void ThrowIfNamedTwice(CocoFile file)
    {
        if (file.Categories.GroupBy(category => category.Name).FirstOrDefault(group => group.DistinctBy(c => c.Id).Count() > 1)
            is not { } same) return;
        throw new DataException(file.Path, $"{same.Count()} categories are named '{same.Key}', ids "
            + $"{string.Join(", ", same.Select(category => category.Id))}: give each a name of its own, or all one id.");
    }

    static bool HasImages(string folder) => Directory.EnumerateFiles(folder)
        .Any(file => YoloReader.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant()));
}
