namespace Paa.Platform;

/// <summary>Says whether two paths name the same file, through links in any part of them.</summary>
public static class RealPath
{
    const int MaxLinks = 40;        // as the kernel follows

    /// <summary>How paths compare on this system.</summary>
    public static StringComparer Comparer { get; } =
        OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase;

    /// <summary>The path without links, for comparison. Parts that do not exist stay as they are.</summary>
    /// <param name="path">Absolute, or relative to the current folder.</param>
    /// <exception cref="IOException">Links lead in a circle.</exception>
    public static string Of(string path) => Resolve(Path.GetFullPath(path), depth: 0);

    static string Resolve(string full, int depth)
    {
        if (depth > MaxLinks) throw new IOException($"{full}: too many links, one into another.");
        var root = Path.GetPathRoot(full)!;
        var current = root;
        foreach (var part in full[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(current, part);
            // A link to a folder is a FileInfo with a target, too.
            current = new FileInfo(next).LinkTarget is { } target
                ? Resolve(Path.GetFullPath(target, current), depth + 1)
                : next;
        }
        return current;
    }
}
