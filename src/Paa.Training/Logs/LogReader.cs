using System.Text.Json;
using System.Text.RegularExpressions;
using Paa.Data;
using Paa.Reports;

namespace Paa.Training.Logs;

/// <summary>Reads the log of a run, ours or MMDetection's, while it is being written or afterwards.</summary>
public static partial class LogReader
{
    const string VisFolder = "vis_data";                // of MMEngine's LocalVisBackend

    /// <summary>Finds the logs of a run.</summary>
    /// <param name="path">
    /// A log, or a folder: ours, one of MMDetection 2.x, or one of 3.x, which has a folder <c>TIME/vis_data</c> for each start.
    /// </param>
    /// <returns>The logs in the order in which they were written; the log itself if there is no such folder.</returns>
    /// <exception cref="IOException">The folder cannot be read.</exception>
    public static IReadOnlyList<string> Find(string path)
    {
        if (!Directory.Exists(path)) return [path];
        if (File.Exists(Path.Combine(path, TrainingLog.FileName))) return [Path.Combine(path, TrainingLog.FileName)];
        string[] logs = [.. Directory.EnumerateFiles(path, "*.log.json").Order(StringComparer.Ordinal)];
        if (logs.Length > 0) return logs;
        string[] starts = [path, .. Directory.EnumerateDirectories(path).Order(StringComparer.Ordinal)];
        return
        [
            .. starts.Select(start => Path.GetFileName(start) == VisFolder ? start : Path.Combine(start, VisFolder))
                .Distinct().Where(Directory.Exists).Select(OfVisFolder).OfType<string>(),
        ];
    }

    /// <summary>Reads a log of this project, a <c>.log.json</c> of MMDetection 2.x or a file of <c>vis_data</c> of 3.x.</summary>
    /// <param name="path">The file.</param>
    /// <returns>
    /// The history. A resumed run repeats the iterations after its checkpoint; later lines replace earlier ones.
    /// </returns>
    /// <exception cref="DataException">A line other than the last is not a line of a log.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static TrainingHistory Read(string path) => Read([path]);

    /// <summary>Reads the logs of one run, as <see cref="Find"/> gives them.</summary>
    /// <inheritdoc cref="Read(string)"/>
    /// <param name="paths">The files; lines of later ones replace those of earlier ones.</param>
    public static TrainingHistory Read(IEnumerable<string> paths)
    {
        List<RunLogEntry> runs = [];
        List<TrainLogEntry> train = [];
        List<ValLogEntry> val = [];
        var countsRun = false;                           // the iterations of the whole run, as MMEngine does
        foreach (var path in paths) ReadFile(path);
        return new TrainingHistory(runs, countsRun ? MmengineLines.CountInEpochs(train) : train, val);

        void ReadFile(string path)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(file);
            var lines = reader.ReadToEnd().Split('\n');
            for (var i = 0; i < lines.Length - 1; i++)   // the rest after the last newline is empty or incomplete
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
        }

        void AddLine(string line)
        {
            using var parsed = Parse(line);
            var root = parsed.RootElement;
            if (root.ValueKind != JsonValueKind.Object) throw new JsonException($"expected an object, got {root.ValueKind}.");
            var mode = root.TryGetProperty("mode", out var value) ? value.GetString() : null;
            if (mode == "train") AddTrain(parsed.Deserialize<TrainLogEntry>(Json.Line)!);
            else if (mode == "val") AddVal(parsed.Deserialize<ValLogEntry>(Json.Line)!);
            else if (MmengineLines.Train(root, val.Count) is { } trained)
            {
                countsRun = true;
                AddTrain(trained);
            }
            else if (MmengineLines.Val(root, train, val.Count) is { } evaluated) AddVal(evaluated);
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

    /// <summary>The file of one start: <c>scalars.json</c> has all lines, <c>TIME.json</c> those of the logger.</summary>
    static string? OfVisFolder(string folder)
    {
        var scalars = Path.Combine(folder, "scalars.json");
        return File.Exists(scalars) ? scalars
            : Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal).LastOrDefault(file =>
                Path.GetFileName(file) != "config.json");
    }

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
