using System.Text.Json;
using Paa.Reports;

namespace Paa.Training.Logs;

/// <summary>Lines of MMDetection 3.x, whose MMEngine names no mode and counts iterations over the whole run.</summary>
/// <remarks>
/// A line about training has <c>lr, loss, ..., epoch, iter, step</c>; one about an evaluation has <c>coco/bbox_mAP, ...</c> and
/// <c>step</c>, which is the epoch. A run by iterations has no epochs: each evaluation ends one here.
/// </remarks>
static class MmengineLines
{
    const string ApName = "bbox_mAP";

    /// <summary>A line about training; null if it is another one. Its iteration is that of the run.</summary>
    /// <param name="line">The line.</param>
    /// <param name="evaluations">Number of evaluations so far.</param>
    public static TrainLogEntry? Train(JsonElement line, int evaluations)
    {
        if (!line.TryGetProperty("loss", out _) || !line.TryGetProperty("iter", out _)) return null;
        var entry = line.Deserialize<TrainLogEntry>(Json.Line)!;
        return entry.Epoch > 0 ? entry : entry with { Epoch = evaluations + 1 };
    }

    /// <summary>A line about an evaluation; null if it is another one.</summary>
    /// <param name="line">The line.</param>
    /// <param name="train">Lines about training so far.</param>
    /// <param name="evaluations">Number of evaluations so far.</param>
    public static ValLogEntry? Val(JsonElement line, IReadOnlyList<TrainLogEntry> train, int evaluations)
    {
        var name = line.EnumerateObject().Select(property => property.Name).FirstOrDefault(IsAp);
        if (name is null || !line.TryGetProperty("step", out var step)) return null;
        var prefix = name[..^ApName.Length];
        var last = train.Count > 0 ? train[^1] : null;
        var isByEpoch = last is null || step.GetInt32() <= last.Epoch;
        return new ValLogEntry
        {
            Epoch = isByEpoch ? step.GetInt32() : evaluations + 1,
            Lr = last?.Lr ?? 0,
            Ap = Value(""),
            Ap50 = Value("_50"),
            Ap75 = Value("_75"),
            ApSmall = Value("_s"),
            ApMedium = Value("_m"),
            ApLarge = Value("_l"),
        };

        double Value(string suffix) =>
            line.TryGetProperty(prefix + ApName + suffix, out var value) && value.ValueKind == JsonValueKind.Number
                ? value.GetDouble()
                : -1;

        static bool IsAp(string name) => name == ApName || name.EndsWith($"/{ApName}", StringComparison.Ordinal);
    }

    /// <summary>The lines with the iteration inside of the epoch.</summary>
    /// <remarks>The first line of an epoch stands after as many iterations as lie between two lines.</remarks>
    /// <param name="train">Lines with the iteration of the run.</param>
    public static IReadOnlyList<TrainLogEntry> CountInEpochs(IReadOnlyList<TrainLogEntry> train)
    {
        var interval = train.Zip(train.Skip(1)).Where(pair => pair.First.Epoch == pair.Second.Epoch)
            .Select(pair => pair.Second.Iter - pair.First.Iter).FirstOrDefault(train[0].Iter);
        var first = train.GroupBy(entry => entry.Epoch).ToDictionary(group => group.Key, group => group.Min(entry => entry.Iter));
        return [.. train.Select(entry => entry with { Iter = entry.Iter - first[entry.Epoch] + interval })];
    }
}
