using Paa.Cli.Shared;
using Paa.Platform;

namespace Paa.Cli.Predict;

/// <summary>
/// Gives each drawn picture a file of its own. It replaces no image that is read, and no file that it did not write itself.
/// </summary>
/// <remarks>The names of the pictures it wrote stand in a hidden file of the folder, one a line.</remarks>
sealed class DrawingFolder
{
    const string ListName = ".paa-pictures";

    readonly string _folder;
    readonly HashSet<string> _own;
    readonly Dictionary<string, string> _names = [];

    /// <summary>Creates the folder if it does not exist, and chooses all names.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="images">The images that are read; each gets a picture.</param>
    /// <param name="mayOverwrite">Whether files of other origin may be replaced.</param>
    /// <exception cref="UsageException">A picture would replace an image or a file of other origin, or the folder cannot be
    /// written.</exception>
    public DrawingFolder(string folder, IReadOnlyList<string> images, bool mayOverwrite)
    {
        OutputFile.CheckFolder("--out", folder);
        _folder = folder;
        var list = Path.Combine(folder, ListName);
        _own = File.Exists(list) ? [.. File.ReadAllLines(list)] : [];
        var inputs = images.ToLookup(RealPath.Of, RealPath.Comparer);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var image in images)
        {
            var name = FreeName(image, taken);
            var path = Path.Combine(folder, name);
            if (inputs[RealPath.Of(path)].FirstOrDefault() is { } source)
                throw new UsageException(
                    $"--out {folder}: the picture of {image} would replace {source}; choose another folder.");
            if (!mayOverwrite && File.Exists(path) && !_own.Contains(name))
                throw new UsageException($"--out {folder}: {name} is there already and was not drawn by 'paa predict'; "
                    + "choose another folder, or give --overwrite.");
            _names.Add(image, name);
        }
    }

    /// <summary>Draws the picture of an image. Its name is noted first: a picture without a note could not be replaced.</summary>
    /// <param name="image">One of the images that are read.</param>
    /// <param name="save">Writes the picture to a path.</param>
    /// <returns>The path.</returns>
    public string Save(string image, Action<string> save)
    {
        var name = _names[image];
        if (_own.Add(name)) File.AppendAllText(Path.Combine(_folder, ListName), name + "\n");
        var path = Path.Combine(_folder, name);
        save(path);
        return path;
    }

    /// <summary>The image's own name, or <c>name_2.jpg</c> if another image has taken that.</summary>
    static string FreeName(string image, HashSet<string> taken)
    {
        var file = image == ImageFiles.StandardInput ? "stdin.png" : image;
        var (name, extension) = (Path.GetFileNameWithoutExtension(file), Path.GetExtension(file));
        var candidate = name + extension;
        for (var number = 2; !taken.Add(candidate); number++) candidate = $"{name}_{number}{extension}";
        return candidate;
    }
}
