using System.Text.Json;
using System.Text.RegularExpressions;
using Paa.Data;
using Paa.Reports;

namespace Paa.Training.Logs;

/// <summary>Reads the log of a run, ours or MMDetection's, while it is being written or afterwards.</summary>
public static partial class LogReader
{
    /// <summary>Reads a <c>.log.json</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The history. A resumed run repeats the iterations after its checkpoint; later lines replace earlier ones.
    /// </returns>
    /// <exception cref="DataException">A line other than the last is not a line of a log.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TrainingHistory Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var lines = reader.ReadToEnd().Split('\n');
        List<RunLogEntry> runs = [];
        List<TrainLogEntry> train = [];
        List<ValLogEntry> val = [];
        for (var i = 0; i < lines.Length - 1; i++)       // the rest after the last newline is empty or incomplete
        {
            if (string.IsNullOrWhiteSpace(lines[i])) continue;
            try
            {
                AddLine(lines[i]);
            }
            catch (JsonException error)
            {
                throw new DataException(path, $"line {i + 1} is not a line of a training log: {error.Message}", error);
            }
        }
        return new TrainingHistory(runs, train, val);

        void AddLine(string line)
        {
            using var parsed = Parse(line);
            var mode = parsed.RootElement.TryGetProperty("mode", out var value) ? value.GetString() : null;
            if (mode == "train") AddTrain(parsed.Deserialize<TrainLogEntry>(Json.Line)!);
            else if (mode == "val") AddVal(parsed.Deserialize<ValLogEntry>(Json.Line)!);
            else runs.Add(parsed.Deserialize<RunLogEntry>(Json.Line)!);
        }

        void AddTrain(TrainLogEntry entry)
        {
            RemoveTail(train, other => (other.Epoch, other.Iter).CompareTo((entry.Epoch, entry.Iter)) >= 0);
            RemoveTail(val, other => other.Epoch >= entry.Epoch);
            train.Add(entry);
        }

        void AddVal(ValLogEntry entry)
        {
            RemoveTail(val, other => other.Epoch >= entry.Epoch);
            val.Add(entry);
        }
    }

    /// <summary>Parses a line. Python writes a non-finite loss as a bare word, which is not JSON.</summary>
    static JsonDocument Parse(string line)
    {
        try
        {
            return JsonDocument.Parse(line);
        }
        catch (JsonException) when (NonFinite().IsMatch(line))
        {
            return JsonDocument.Parse(NonFinite().Replace(line, "\"$0\""));
        }
    }

    [GeneratedRegex(@"(?<=: ?)(NaN|-?Infinity)(?=\s*[,}])")]
    private static partial Regex NonFinite();

    static void RemoveTail<T>(List<T> entries, Predicate<T> replaced)
    {
        while (entries.Count > 0 && replaced(entries[^1])) entries.RemoveAt(entries.Count - 1);
    }
}

/// <summary>The history of a run without its interruptions: positions ascend, and each occurs once.</summary>
/// <param name="Runs">Each start or resumption, in order.</param>
/// <param name="Train">Losses and times by epoch and iteration.</param>
/// <param name="Val">Evaluations by epoch.</param>
public sealed record TrainingHistory(
    IReadOnlyList<RunLogEntry> Runs, IReadOnlyList<TrainLogEntry> Train, IReadOnlyList<ValLogEntry> Val);
