using System.IO.Enumeration;

namespace Paa.Cli.Shared;

/// <summary>Finds the image files that a user means by files, folders and patterns.</summary>
static class ImageFiles
{
    static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"];

    /// <summary>The files, in the order of the arguments and by name within one; each file once.</summary>
    /// <param name="arguments">A file is taken whatever its name; a folder gives its image files, without subfolders; a pattern
    /// with <c>*</c>, <c>?</c> or <c>**</c> (any folders) gives the image files that it matches.</param>
    /// <exception cref="UsageException">An argument matches nothing.</exception>
    public static IReadOnlyList<string> Find(IEnumerable<string> arguments)
    {
        var files = new OrderedDictionary<string, string>();     // by full path
        foreach (var argument in arguments)
        {
            var found = FindOne(argument).ToArray();
            if (found.Length == 0) throw new UsageException(Nothing(argument));
            foreach (var file in found) files.TryAdd(Path.GetFullPath(file), file);
        }
        return [.. files.Values];
    }

    static IEnumerable<string> FindOne(string argument)
    {
        if (File.Exists(argument)) return [argument];               // first: a name may contain * or ?
        if (Directory.Exists(argument)) return Directory.EnumerateFiles(argument).Where(IsImage).Order(StringComparer.Ordinal);
        if (!IsPattern(argument)) return [];
        var root = Path.IsPathRooted(argument) ? "/" : "";
        var parts = argument.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return Match(root, parts).Where(IsImage).Order(StringComparer.Ordinal);
    }

    /// <summary>Files below a folder that match the rest of a pattern, one part a folder.</summary>
    static IEnumerable<string> Match(string folder, ReadOnlyMemory<string> parts)
    {
        var part = parts.Span[0];
        var rest = parts[1..];
        var here = folder.Length == 0 ? "." : folder;
        if (!Directory.Exists(here)) return [];
        if (part == "**")
        {
            var below = Names(Directory.EnumerateDirectories(here), "*")
                .SelectMany(name => Match(Path.Combine(folder, name), parts));
            return (rest.IsEmpty ? Files(here, folder, "*") : Match(folder, rest)).Concat(below);
        }
        if (rest.IsEmpty) return Files(here, folder, part);
        if (!IsPattern(part)) return Match(Path.Combine(folder, part), rest);
        return Names(Directory.EnumerateDirectories(here), part).SelectMany(name => Match(Path.Combine(folder, name), rest));
    }

    static IEnumerable<string> Files(string here, string folder, string pattern) =>
        Names(Directory.EnumerateFiles(here), pattern).Select(name => Path.Combine(folder, name));

    /// <summary>Names that match; as in a shell, <c>*</c> does not find hidden ones.</summary>
    static IEnumerable<string> Names(IEnumerable<string> paths, string pattern) =>
        paths.Select(path => Path.GetFileName(path)).Where(name =>
            (name[0] != '.' || pattern[0] == '.') && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));

    static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    static string Nothing(string argument)
    {
        if (Directory.Exists(argument)) return $"the folder '{argument}' has no image files ({string.Join(" ", Extensions)}).";
        return IsPattern(argument) ? $"no image file matches '{argument}'." : $"the image '{argument}' does not exist.";
    }
}
