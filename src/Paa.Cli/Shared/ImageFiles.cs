using System.Text.RegularExpressions;
using Microsoft.Extensions.FileSystemGlobbing;

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
        var files = Directory.Exists(argument) ? Directory.EnumerateFiles(argument) : IsPattern(argument) ? Match(argument) : [];
        return files.Where(IsImage).Order(StringComparer.Ordinal);
    }

    /// <summary>The files that a pattern matches: the library walks through the folders below the first part with a
    /// wildcard.</summary>
    /// <remarks>The library has no <c>?</c>, and its <c>*</c> finds hidden names, which a shell's does not. So it is asked for a
    /// little more than is wanted, and <see cref="Names"/> decides.</remarks>
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

    /// <summary>What a pattern means: <c>*</c> and <c>?</c> stay within a name, and a hidden name is matched only by its
    /// dot.</summary>
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
