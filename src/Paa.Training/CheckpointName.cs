using System.Globalization;
using System.Text.RegularExpressions;

namespace Paa.Training;

/// <summary>File name of a training checkpoint, which tells its place in the run.</summary>
/// <param name="Kind"><c>epoch</c> or <c>iter</c>.</param>
/// <param name="Number">Epochs or iterations finished.</param>
readonly partial record struct CheckpointName(string Kind, long Number)
{
    public static CheckpointName Epoch(int epoch) => new("epoch", epoch);

    public static CheckpointName Iteration(long iteration) => new("iter", iteration);

    /// <summary>The name that a file bears; null if it is not a training checkpoint's.</summary>
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
