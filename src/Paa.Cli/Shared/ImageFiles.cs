using System.Text.RegularExpressions;
using Microsoft.Extensions.FileSystemGlobbing;

namespace Paa.Cli.Shared;

/// <summary>Finds image files by file names, folders and patterns.</summary>
static class ImageFiles
{
    /// <summary>The argument that stands for an image on standard input.</summary>
    public const string StandardInput = "-";

    static readonly string[] Extensions = [".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"];

    /// <summary>The files in the order of the arguments, and by name within one argument; each file occurs once.</summary>
    /// <param name="arguments">
    /// A file counts whatever its name, and <c>-</c> as standard input. A folder gives its image files, without subfolders. A
    /// pattern with <c>*</c>, <c>?</c> or <c>**</c> (any folders) gives the image files that match it.
    /// </param>
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
        // Comes first, because a name may contain * or ?.
        if (argument == StandardInput || File.Exists(argument)) return [argument];
        var files = Directory.Exists(argument) ? Directory.EnumerateFiles(argument) : IsPattern(argument) ? Match(argument) : [];
        return files.Where(IsImage).Order(StringComparer.Ordinal);
    }

    /// <summary>The files that match a pattern. The library searches the folders below the first part with a wildcard.</summary>
    /// <remarks>
    /// The library has no <c>?</c>, and its <c>*</c> matches hidden names, unlike a shell's. The query is therefore a little too
    /// wide, and <see cref="Names"/> filters the result.
    /// </remarks>
    static IEnumerable<string> Match(string pattern)
    {
        var parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var first = Array.FindIndex(parts, IsPattern);
        var folder = (Path.IsPathRooted(pattern) ? "/" : "") + string.Join('/', parts[..first]);
        string[] below = [.. parts[first..].Where(part => part != ".")];
        if (below.Contains("..")) throw new UsageException($"'{pattern}': no '..' can follow '*' or '?'.");
        var matcher = new Matcher(StringComparison.Ordinal);
        matcher.AddInclude(string.Join('/', below).Replace('?', '*'));
        if (!below.Any(part => part[0] == '.')) matcher.AddExclude("**/.*/**");     // hidden folders are not entered
        var names = Names(below);
        return matcher.GetResultsInFullPath(folder.Length == 0 ? "." : folder)
            .Select(file => Path.GetRelativePath(folder.Length == 0 ? "." : folder, file))
            .Where(file => names.IsMatch(file))
            .Select(file => Path.Combine(folder, file));
    }

    /// <summary>
    /// The regular expression of a pattern: <c>*</c> and <c>?</c> stay within a name, and a hidden name matches only an explicit
    /// dot.
    /// </summary>
    static Regex Names(string[] parts)
    {
        const string Visible = @"(?!\.)";
        var names = parts.Select((part, i) => (part, i == parts.Length - 1) switch
        {
            ("**", false) => $"({Visible}[^/]+/)*",
            ("**", true) => $"({Visible}[^/]+/)*{Visible}[^/]+",
            (_, var isLast) => (part[0] == '.' ? "" : Visible)
                + Regex.Escape(part).Replace(@"\*", "[^/]*").Replace(@"\?", "[^/]") + (isLast ? "" : "/"),
        });
        return new Regex($"^{string.Concat(names)}$", RegexOptions.CultureInvariant);
    }

    static bool IsPattern(string text) => text.AsSpan().ContainsAny('*', '?');

    static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path).ToLowerInvariant());

    static string Nothing(string argument)
    {
        if (Directory.Exists(argument)) return $"the folder '{argument}' has no image files ({string.Join(" ", Extensions)}).";
        return IsPattern(argument) ? $"no image file matches '{argument}'." : $"the image '{argument}' does not exist.";
    }
}
