using System.Globalization;
using System.Text.RegularExpressions;
using Paa.Checkpoints;

namespace Paa.Training;

/// <summary>The checkpoints in the folder of a run: <c>epoch_N.pth</c>, <c>iter_N.pth</c>, <c>latest.pth</c>,
/// <c>best.pth</c>.</summary>
/// <remarks>
/// A new checkpoint is whole and on disk before the link <c>latest.pth</c> points to it, and old ones are deleted only then: at
/// every moment <see cref="Candidates"/> finds a checkpoint to continue from. <c>latest.pth</c> decides where a run goes on,
/// because a run that went back to an early checkpoint leaves files of a later, abandoned part behind.
/// </remarks>
/// <param name="folder">The folder of the run.</param>
/// <param name="maxKeep">Epoch and iteration checkpoints kept; -1 for all.</param>
/// <param name="batchesPerEpoch">Iterations of an epoch, to order the names.</param>
public sealed class CheckpointStore(string folder, int maxKeep, int batchesPerEpoch)
{
    /// <summary>Link to the newest checkpoint.</summary>
    public const string LatestName = "latest.pth";

    /// <summary>Weights of the best evaluation.</summary>
    public const string BestName = "best.pth";

    /// <summary>Writes the checkpoint of a closed epoch.</summary>
    /// <param name="epoch">Epochs finished.</param>
    /// <param name="content">What <see cref="TorchFile.Write"/> takes.</param>
    /// <returns>Its path.</returns>
    public string SaveEpoch(int epoch, object content) => SaveNewest(CheckpointName.Epoch(epoch), content);

    /// <summary>Writes a checkpoint inside an epoch.</summary>
    /// <param name="iteration">Iterations finished.</param>
    /// <param name="content">What <see cref="TorchFile.Write"/> takes.</param>
    /// <returns>Its path.</returns>
    public string SaveIteration(long iteration, object content) => SaveNewest(CheckpointName.Iteration(iteration), content);

    /// <summary>Writes <c>best.pth</c>, which is neither deleted nor resumed from.</summary>
    /// <param name="content">What <see cref="TorchFile.Write"/> takes.</param>
    /// <returns>Its path.</returns>
    public string SaveBest(object content)
    {
        var path = Path.Combine(folder, BestName);
        TorchFile.Write(path, content);
        return path;
    }

    /// <summary>Files to continue from, the first choice first; the others are tried when it is damaged.</summary>
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

    /// <summary>Renames a damaged file, so that it is neither tried nor counted again.</summary>
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

    /// <summary>A relative link, so that the folder can be moved; a copy where the file system has no links.</summary>
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

/// <summary>File name of a training checkpoint, which says how far its run was.</summary>
/// <param name="Kind"><c>epoch</c> or <c>iter</c>.</param>
/// <param name="Number">Epochs or iterations finished.</param>
readonly partial record struct CheckpointName(string Kind, long Number)
{
    public static CheckpointName Epoch(int epoch) => new("epoch", epoch);

    public static CheckpointName Iteration(long iteration) => new("iter", iteration);

    /// <summary>The name of a file; null if it is not a training checkpoint's.</summary>
    public static CheckpointName? Parse(string path)
    {
        var match = Pattern().Match(Path.GetFileName(path));
        return match.Success && long.TryParse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture, out var number)
            ? new CheckpointName(match.Groups["kind"].Value, number)
            : null;
    }

    /// <summary>Orders by progress: by iteration, and a closed epoch after its own last iteration.</summary>
    public (long Iteration, bool IsEpoch) Order(int batchesPerEpoch) =>
        Kind == "epoch" ? (Number * batchesPerEpoch, true) : (Number, false);

    public override string ToString() => $"{Kind}_{Number}.pth";

    [GeneratedRegex(@"^(?<kind>epoch|iter)_(?<number>\d+)\.pth$")]
    private static partial Regex Pattern();
}
