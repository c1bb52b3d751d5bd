namespace Paa.Cli.Predict;

/// <summary>Gives each drawn picture a file of its own, also where images of several folders have the same name.</summary>
sealed class DrawingFolder
{
    readonly string _folder;
    readonly HashSet<string> _taken = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Makes the folder if it does not exist.</summary>
    public DrawingFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder);
    }

    /// <summary>Where the picture of an image goes: its own name, or <c>name_2.jpg</c> if that is taken by this run.</summary>
    /// <exception cref="UsageException">The picture would replace the image it was made from.</exception>
    public string PathFor(string image)
    {
        var (name, extension) = (Path.GetFileNameWithoutExtension(image), Path.GetExtension(image));
        var candidate = name + extension;
        for (var number = 2; !_taken.Add(candidate); number++) candidate = $"{name}_{number}{extension}";
        var path = Path.Combine(_folder, candidate);
        return Path.GetFullPath(path) != Path.GetFullPath(image)
            ? path
            : throw new UsageException($"--out {_folder}: the picture would replace {image}; choose another folder.");
    }
}
