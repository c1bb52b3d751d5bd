namespace Paa.Data.Formats;

/// <summary>The folder in which the images of annotations were found.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Names">For each name asked for, the file relative to the folder; null if it is missing.</param>
sealed record ImageFolderSearch(string Folder, IReadOnlyList<string?> Names)
{
    const int MostFiles = 200_000;          // looked at below one folder, which may be a whole disk

    /// <summary>Number of images that are missing.</summary>
    public int MissingCount => Names.Count(name => name is null);

    /// <summary>Finds the folder that has most of the images.</summary>
    /// <remarks>
    /// Tools write names with folders of their own machine. Where no folder has them all, files are looked for by their last name
    /// in the folder and those below it, and then by that name with another ending; a name that several files have is not taken.
    /// </remarks>
    /// <param name="names">Names of the annotation file.</param>
    /// <param name="folders">Where to look; of equally good ones the first counts.</param>
    /// <returns>Null if not one image was found.</returns>
    public static ImageFolderSearch? Find(IReadOnlyList<string> names, IReadOnlyList<string> folders)
    {
        ImageFolderSearch? best = null;
        foreach (var folder in folders)
            if (Better(new ImageFolderSearch(folder, [.. names.Select(name => Exists(folder, name) ? name : null)])))
                return best;
        foreach (var folder in folders)
        {
            var files = FilesByName(folder);
            if (Better(new ImageFolderSearch(folder, [.. names.Select(name =>
                Exists(folder, name) ? name : files.GetValueOrDefault(LastName(name))
                    ?? files.GetValueOrDefault(Path.GetFileNameWithoutExtension(LastName(name))))]))) return best;
        }
        return best is null || best.MissingCount == names.Count ? null : best;

        bool Better(ImageFolderSearch found)
        {
            if (best is null || found.MissingCount < best.MissingCount) best = found;
            return best.MissingCount == 0;
        }
    }

    static bool Exists(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        return !path.Contains('\0') && File.Exists(path);
    }

    static string LastName(string name) => name[(name.LastIndexOfAny(['/', '\\']) + 1)..];

    /// <summary>Images below a folder by their last names, with their ending and without; null for a name that several
    /// have.</summary>
    static Dictionary<string, string?> FilesByName(string folder)
    {
        var files = new Dictionary<string, string?>(StringComparer.Ordinal);
        var readable = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true };
        foreach (var file in Directory.EnumerateFiles(folder, "*", readable).Take(MostFiles))
        {
            if (!YoloReader.Extensions.Contains(Path.GetExtension(file).ToLowerInvariant())) continue;
            foreach (var name in new[] { Path.GetFileName(file), Path.GetFileNameWithoutExtension(file) })
                if (!files.TryAdd(name, Path.GetRelativePath(folder, file))) files[name] = null;
        }
        return files;
    }
}
