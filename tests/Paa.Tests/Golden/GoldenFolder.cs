using System.Collections.Concurrent;
using System.Text.Json;

namespace Paa.Tests.Golden;

/// <summary>Finds golden data in the folder named by <c>PAA_GOLDEN</c>, else in <c>tests/golden</c> of this repository.</summary>
/// <remarks>A test whose part of the data is absent is skipped and names the part, so any subset can be run.</remarks>
public static class GoldenFolder
{
    static readonly ConcurrentDictionary<string, Npz> LoadedArrays = [];
    static readonly ConcurrentDictionary<string, JsonElement> LoadedJson = [];

    /// <summary>Shown as the only case of a theory whose index file is absent; <see cref="Require"/> then skips it.</summary>
    public const string Absent = "(absent)";

    /// <summary>Full path of the folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Full path of a file or folder of the golden data; skips the running test if there is none.</summary>
    /// <param name="relativePath">With forward slashes, such as <c>gmm/gmm_cases.npz</c>.</param>
    public static string Require(string relativePath)
    {
        var path = Path.Combine(Root, relativePath);
        Skip.If(!File.Exists(path) && !Directory.Exists(path), $"Golden data: no {relativePath} in {Root}.");
        return path;
    }

    /// <summary>Whether a file or folder of the golden data is there.</summary>
    public static bool Has(string relativePath) =>
        File.Exists(Path.Combine(Root, relativePath)) || Directory.Exists(Path.Combine(Root, relativePath));

    /// <summary>Arrays of an npz file, read once for all tests, not to be changed. The running test is skipped if there is
    /// none.</summary>
    public static Npz Arrays(string relativePath) => LoadedArrays.GetOrAdd(Require(relativePath), Npz.Load);

    /// <summary>Content of a JSON file, read once for all tests; skips the running test if there is none.</summary>
    public static JsonElement Json(string relativePath) => LoadedJson.GetOrAdd(Require(relativePath), static path =>
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(path));
        return document.RootElement.Clone();
    });

    /// <summary>The entry of an index file that describes one case; skips the running test if there is none.</summary>
    /// <param name="indexFile">A JSON array of objects.</param>
    /// <param name="name">The case, as listed by <see cref="Cases"/>.</param>
    /// <param name="key">The property that names a case.</param>
    public static JsonElement Case(string indexFile, string name, string key = "case") =>
        Json(indexFile).EnumerateArray().First(entry => entry.GetProperty(key).GetString() == name);

    /// <summary>Names of the cases in an index file, for <c>[MemberData]</c>; one <see cref="Absent"/> if there is no
    /// file.</summary>
    /// <param name="indexFile">A JSON array of objects.</param>
    /// <param name="key">The property that names a case.</param>
    public static TheoryData<string> Cases(string indexFile, string key = "case") =>
        Has(indexFile) ? [.. Json(indexFile).EnumerateArray().Select(entry => entry.GetProperty(key).GetString()!)] : [Absent];

    /// <summary>Paths, relative to <see cref="Root"/>, of the files of a folder, for <c>[MemberData]</c>.</summary>
    /// <param name="folder">Folder of the golden data; one <see cref="Absent"/> if nothing matches.</param>
    /// <param name="pattern">File name with wildcards.</param>
    public static TheoryData<string> Files(string folder, string pattern)
    {
        var path = Path.Combine(Root, folder);
        var files = Directory.Exists(path) ? Directory.GetFiles(path, pattern) : [];
        return files.Length == 0
            ? [$"{folder}/{Absent}"]
            : [.. files.Order(StringComparer.Ordinal).Select(file => $"{folder}/{Path.GetFileName(file)}")];
    }

    /// <summary>A number of the index files, where <c>"nan"</c>, <c>"inf"</c> and <c>"-inf"</c> stand for themselves.</summary>
    public static double Number(this JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString() switch
        {
            "nan" => double.NaN,
            "inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            var text => throw new FormatException($"Golden data: '{text}' is not a number."),
        },
        _ => element.GetDouble(),
    };

    /// <summary>A list of whole numbers of the index files.</summary>
    public static int[] Ints(this JsonElement element) => [.. element.EnumerateArray().Select(item => item.GetInt32())];

    static string FindRoot()
    {
        if (Environment.GetEnvironmentVariable("PAA_GOLDEN") is { Length: > 0 } named) return Path.GetFullPath(named);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Paa.slnx"))) return Path.Combine(folder.FullName, "tests", "golden");
        throw new DirectoryNotFoundException($"Golden data: set PAA_GOLDEN; no Paa.slnx above {AppContext.BaseDirectory}.");
    }
}
