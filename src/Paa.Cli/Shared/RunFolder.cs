using System.Globalization;
using System.Text.RegularExpressions;
using Paa.Options;
using Paa.Training;

namespace Paa.Cli.Shared;

/// <summary>Locates the files of a run, of this program or of MMDetection.</summary>
static partial class RunFolder
{
    const string NewestName = "last_checkpoint";            // of MMEngine: a text with the path of the newest checkpoint

    /// <summary>The merged configuration, saved beside the checkpoints.</summary>
    public const string ConfigName = "config.yaml";

    /// <summary>The configuration's <c>work_dir</c>, or else <c>work_dirs/NAME</c> with the name of its file.</summary>
    public static string Of(PaaConfig config, string configFile) =>
        config.WorkFolder ?? Path.Combine("work_dirs", Path.GetFileNameWithoutExtension(configFile));

    /// <summary>The best weights of a configuration's run, or else the newest; beside the file if its folder is not here, as with
    /// a copied work directory.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static string NewestWeights(PaaConfig config, string configFile)
    {
        var folder = Of(config, configFile);
        var beside = Path.GetDirectoryName(configFile) is { Length: > 0 } parent ? parent : ".";
        return (Directory.Exists(folder) ? null : FindWeights(beside)) ?? NewestWeights(folder);
    }

    /// <summary>The configuration in the folder of a run: ours, or the one that MMDetection wrote there; null if there is
    /// none.</summary>
    /// <exception cref="UsageException">There are several.</exception>
    public static string? FindConfig(string folder)
    {
        var own = Path.Combine(folder, ConfigName);
        if (File.Exists(own)) return own;
        string[] files = [.. Directory.EnumerateFiles(folder, "*.py").Order(StringComparer.Ordinal)];
        if (files.Length <= 1) return files.FirstOrDefault();
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        return Array.Find(files, file => Path.GetFileNameWithoutExtension(file) == name)
            ?? throw new UsageException($"{folder} has {files.Length} configurations: "
                + $"{string.Join(", ", files.Select(Path.GetFileName))}; name one, and its weights with --checkpoint FILE.");
    }

    /// <summary>The best weights of a run, or else the newest.</summary>
    /// <exception cref="UsageException">There are none.</exception>
    public static string NewestWeights(string folder) =>
        FindWeights(folder) ?? throw new UsageException($"{folder} has no checkpoint; train first, or give --checkpoint FILE.");

    /// <summary>The best weights of a run, or else the newest; null if there are none.</summary>
    public static string? FindWeights(string folder)
    {
        if (!Directory.Exists(folder)) return null;
        string[] files = [.. Directory.EnumerateFiles(folder, "*.pth")];
        return Existing(folder, CheckpointStore.BestName)
            ?? Last(files, "best_")
            ?? Existing(folder, CheckpointStore.LatestName)
            ?? NamedNewest(folder)
            ?? Last(files, "epoch_")
            ?? Last(files, "iter_");
    }

    static string? Existing(string folder, string name) =>
        Path.Combine(folder, name) is var file && File.Exists(file) ? file : null;

    /// <summary>The text may hold a path of another machine; then the file is looked for here.</summary>
    static string? NamedNewest(string folder)
    {
        const int MaxLength = 4096;
        if (Existing(folder, NewestName) is not { } text || new FileInfo(text).Length > MaxLength) return null;
        var name = File.ReadAllText(text).Trim().Replace('\\', '/');
        return name.Length == 0 || name.Contains('\0', StringComparison.Ordinal) ? null
            : Existing(folder, name[(name.LastIndexOf('/') + 1)..]) ?? (File.Exists(name) ? name : null);
    }

    /// <summary>The file with the largest number at the end of its name: <c>epoch_12.pth</c>, <c>best_bbox_mAP_epoch_9.pth</c>,
    /// <c>iter_90000.pth</c>.</summary>
    static string? Last(string[] files, string start) => files
        .Where(file => Path.GetFileName(file).StartsWith(start, StringComparison.Ordinal))
        .Select(file => (File: file, Number: Number(file)))
        .Where(entry => entry.Number >= 0)
        .OrderBy(entry => entry.Number).ThenBy(entry => entry.File, StringComparer.Ordinal)
        .LastOrDefault().File;

    static long Number(string file) => NumberAtEnd().Match(file) is { Success: true } match
        && long.TryParse(match.Groups[1].Value, CultureInfo.InvariantCulture, out var number) ? number : -1;

    [GeneratedRegex(@"_([0-9]{1,18})\.pth$", RegexOptions.CultureInvariant)]
    private static partial Regex NumberAtEnd();
}
