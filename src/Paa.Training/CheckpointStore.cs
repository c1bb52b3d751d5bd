using System.Globalization;
using System.Text.RegularExpressions;
using Paa.Checkpoints;

namespace Paa.Training;

/// <summary>The checkpoints in the folder of a run: <c>epoch_N.pth</c>, <c>iter_N.pth</c>, <c>latest.pth</c>,
/// <c>best.pth</c>.</summary>
/// <remarks>
/// A new checkpoint is complete and on disk before the link <c>latest.pth</c> points to it, and old ones are deleted only after
/// that. So <see cref="Candidates"/> finds a checkpoint to continue from at any moment. <c>latest.pth</c> decides where a run
/// continues, because a run that went back to an early checkpoint leaves the files of its abandoned part behind.
/// </remarks>
/// <param name="folder">The folder of the run.</param>
/// <param name="maxKeep">Maximum number of epoch and iteration checkpoints kept; -1 for all.</param>
/// <param name="batchesPerEpoch">Iterations per epoch, to order the names.</param>
public sealed class CheckpointStore(string folder, int maxKeep, int batchesPerEpoch)
{
    /// <summary>Link to the newest checkpoint.</summary>
    public const string LatestName = "latest.pth";

    /// <summary>Name of the weights of the best evaluation.</summary>
    public const string BestName = "best.pth";

    /// <summary>Whether a folder holds checkpoints of a run, ours or MMDetection's, which another run would replace.</summary>
    /// <param name="folder">It need not exist.</param>
    public static bool HoldsRun(string folder) => Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.pth")
        .Select(file => Path.GetFileName(file))
        .Any(name => name is LatestName or BestName || CheckpointName.Parse(name) is not null);

    /// <summary>Writes the checkpoint of a finished epoch.</summary>
    /// <param name="epoch">Number of finished epochs.</param>
    /// <param name="content">The object for <see cref="TorchFile.Write"/>.</param>
    /// <returns>Path of the checkpoint.</returns>
    public string SaveEpoch(int epoch, object content) => SaveNewest(CheckpointName.Epoch(epoch), content);

    /// <summary>Writes a checkpoint inside an epoch.</summary>
    /// <param name="iteration">Number of finished iterations.</param>
    /// <param name="content">The object for <see cref="TorchFile.Write"/>.</param>
    /// <returns>Path of the checkpoint.</returns>
    public string SaveIteration(long iteration, object content) => SaveNewest(CheckpointName.Iteration(iteration), content);

    /// <summary>Writes <c>best.pth</c>, which is never deleted and never resumed from.</summary>
    /// <param name="content">The object for <see cref="TorchFile.Write"/>.</param>
    /// <returns>Path of the checkpoint.</returns>
    public string SaveBest(object content)
    {
        var path = Path.Combine(folder, BestName);
        TorchFile.Write(path, content);
        return path;
    }

    /// <summary>Files to continue from, in order of preference; a later one is tried if the one before is damaged.</summary>
    public IReadOnlyList<string> Candidates()
    {
        var newest = LatestTarget();
        var limit = newest is not null && CheckpointName.Parse(newest) is { } name ? Order(name) : (long.MaxValue, true);
        var others = Names().Where(other => PathOf(other) != newest)
            .OrderBy(other => Order(other).CompareTo(limit) > 0)     // the abandoned part of an earlier run comes last
            .ThenByDescending(Order)
            .Select(PathOf);
        return newest is null ? [.. others] : [newest, .. others];
    }

    /// <summary>Renames a damaged file, so that it is no longer tried or counted.</summary>
    /// <param name="path">One of <see cref="Candidates"/>.</param>
    public void SetAside(string path) => File.Move(path, path + ".damaged", overwrite: true);

    string SaveNewest(CheckpointName name, object content)
    {
        var path = PathOf(name);
        TorchFile.Write(path, content);
        PointLatestTo(path);
        if (maxKeep > 0) DeleteBefore(name);
        return path;
    }

    void DeleteBefore(CheckpointName newest)
    {
        var old = Names().Where(name => Order(name).CompareTo(Order(newest)) <= 0).OrderByDescending(Order).Skip(maxKeep);
        foreach (var name in old) File.Delete(PathOf(name));
    }

    /// <summary>Makes a relative link, so that the folder can be moved; or a copy if the file system has no links.</summary>
    void PointLatestTo(string path)
    {
        var latest = Path.Combine(folder, LatestName);
        var temporary = Path.Combine(folder, $".{LatestName}.tmp");
        File.Delete(temporary);
        try
        {
            File.CreateSymbolicLink(temporary, Path.GetFileName(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            File.Copy(path, temporary);
        }
        File.Move(temporary, latest, overwrite: true);
    }

    string? LatestTarget()
    {
        var latest = new FileInfo(Path.Combine(folder, LatestName));
        if (latest.LinkTarget is { } target) latest = new FileInfo(Path.Combine(folder, target));
        return latest.Exists ? latest.FullName : null;
    }

    (long, bool) Order(CheckpointName name) => name.Order(batchesPerEpoch);

    string PathOf(CheckpointName name) => Path.Combine(Path.GetFullPath(folder), name.ToString());

    IEnumerable<CheckpointName> Names() => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*.pth").Select(CheckpointName.Parse).OfType<CheckpointName>()
        : [];
}

/// <summary>File name of a training checkpoint, which gives the progress of its run.</summary>
/// <param name="Kind"><c>epoch</c> or <c>iter</c>.</param>
/// <param name="Number">Number of finished epochs or iterations.</param>
readonly partial record struct CheckpointName(string Kind, long Number)
{
    public static CheckpointName Epoch(int epoch) => new("epoch", epoch);

    public static CheckpointName Iteration(long iteration) => new("iter", iteration);

    /// <summary>Parses the name of a file; null if it is not that of a training checkpoint.</summary>
    public static CheckpointName? Parse(string path)
    {
        var match = Pattern().Match(Path.GetFileName(path));
        return match.Success && long.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number)
            ? new CheckpointName(match.Groups["kind"].Value, number)
            : null;
    }

    /// <summary>A key that orders by progress: by iteration, with a finished epoch after its own last iteration.</summary>
    public (long Iteration, bool IsEpoch) Order(int batchesPerEpoch) =>
        Kind == "epoch" ? (Number * batchesPerEpoch, true) : (Number, false);

    public override string ToString() => $"{Kind}_{Number}.pth";

    [GeneratedRegex(@"^(?<kind>epoch|iter)_(?<number>\d+)\.pth$")]
    private static partial Regex Pattern();
}
