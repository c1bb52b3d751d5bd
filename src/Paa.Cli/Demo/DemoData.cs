using Paa.Cli.Shared;

namespace Paa.Cli.Demo;

/// <summary>Where the photographs of the demo lie: three annotation files and their images.</summary>
/// <param name="Folder">Relative to the current folder where it lies below, so that commands can be typed as they are
/// shown.</param>
sealed record DemoData(string Folder)
{
    static readonly string Sample = Path.Combine("samples", "bccd");

    public string Images => Path.Combine(Folder, "images");

    /// <summary>The annotations of a split: <c>train</c>, <c>val</c> or <c>test</c>.</summary>
    public string Annotations(string split) => Path.Combine(Folder, $"{split}.json");

    /// <summary>Finds the photographs: in a folder that was named, or in the clone that this program or the current folder is
    /// in.</summary>
    /// <param name="named">The argument; null for none.</param>
    /// <exception cref="UsageException">They are not there.</exception>
    public static DemoData Find(string? named)
    {
        if (named is not null)
        {
            var data = new DemoData(named);
            string[] parts = [.. new[] { "train", "val", "test" }.Select(data.Annotations), data.Images];
            return Array.Find(parts, part => !Path.Exists(part)) is { } missing
                ? throw new UsageException(
                    $"--data {named}: {missing} is missing; expected train.json, val.json, test.json and images.")
                : data;
        }
        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, Sample, "train.json")))
                    return new DemoData(Shown(folder.FullName));
        }
        throw new UsageException("the photographs of the demo come with the sources: start it in a clone of the project, or "
            + "name a data set with --data DIR.");
    }

    static string Shown(string clone)
    {
        var path = Path.Combine(clone, Sample);
        var relative = Path.GetRelativePath(Directory.GetCurrentDirectory(), path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
