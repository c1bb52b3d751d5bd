using System.Text.Json;
using System.Text.Json.Serialization;
using Paa.Reports;

namespace Paa.Training.Logs;

/// <summary>The log of a run: JSON lines in the fields of MMDetection's <c>.log.json</c>, so that its tools plot them.</summary>
/// <remarks>
/// Lines are only appended, also by a resumed run; <see cref="LogReader"/> lets later lines replace earlier ones. Every line
/// reaches the operating system before training continues. Not thread-safe.
/// </remarks>
public sealed class TrainingLog : IDisposable
{
    /// <summary>Name of the file in the folder of a run.</summary>
    public const string FileName = "train.log.json";

    readonly FileStream _file;

    /// <summary>Opens the log of a folder for appending; removes an incomplete last line that a killed run left.</summary>
    /// <param name="workDirectory">The folder of the run; it must exist.</param>
    public TrainingLog(string workDirectory)
    {
        _file = new FileStream(Path.Combine(workDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read,
            bufferSize: 0);
        _file.SetLength(EndOfLastWholeLine(_file));
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends the line about a start or resumption.</summary>
    public void Append(RunLogEntry entry) => AppendLine(entry);

    /// <summary>Appends a line about training.</summary>
    public void Append(TrainLogEntry entry) => AppendLine(entry);

    /// <summary>Appends a line about an evaluation.</summary>
    public void Append(ValLogEntry entry) => AppendLine(entry);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    void AppendLine<T>(T entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, Json.Line);
        _file.Write([.. line, (byte)'\n']);           // one write, so a kill damages at most the last line
    }

    static long EndOfLastWholeLine(FileStream file)
    {
        var end = file.Length;
        while (end > 0)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') return end;
            end--;
        }
        return 0;
    }
}

/// <summary>The first line of the log after each start or resumption of a run.</summary>
public sealed record RunLogEntry
{
    /// <summary>Versions, device and threads, as text.</summary>
    public string EnvInfo { get; init; } = "";

    /// <summary>Name of the configuration.</summary>
    public string ExpName { get; init; } = "";

    /// <summary>Seed of the run; MMDetection's logs may have none.</summary>
    public int? Seed { get; init; }

    /// <summary>The merged configuration as YAML.</summary>
    public string Config { get; init; } = "";
}

/// <summary>One line of the log about training, with means over the iterations since the previous line.</summary>
public sealed record TrainLogEntry
{
    /// <summary>Always <c>train</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Mode { get; init; } = "train";

    /// <summary>1-based epoch.</summary>
    public int Epoch { get; init; }

    /// <summary>1-based iteration inside the epoch.</summary>
    public int Iter { get; init; }

    /// <summary>Learning rate of this iteration, not a mean.</summary>
    public double Lr { get; init; }

    /// <summary>Peak memory in MB: allocated on the GPU, or resident when training on the CPU.</summary>
    public long Memory { get; init; }

    /// <summary>Seconds that an iteration waited for its batch.</summary>
    public double DataTime { get; init; }

    /// <summary>Focal loss of the class scores.</summary>
    public double LossCls { get; init; }

    /// <summary>GIoU loss of the boxes.</summary>
    public double LossBbox { get; init; }

    /// <summary>Cross entropy of the predicted IoU.</summary>
    public double LossIou { get; init; }

    /// <summary>Sum of the three.</summary>
    public double Loss { get; init; }

    /// <summary>Joint L2 norm of all gradients before clipping; null without clipping.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? GradNorm { get; init; }

    /// <summary>Mixed precision, <c>bf16</c> or <c>fp16</c>; null in single precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Amp { get; init; }

    /// <summary>Loss scale of the last iteration; null without half precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? LossScale { get; init; }

    /// <summary>Number of updates skipped because gradients were not finite; null without half precision.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? SkippedUpdates { get; init; }

    /// <summary>Seconds of a whole iteration, including its wait for the batch.</summary>
    public double Time { get; init; }
}

/// <summary>One line of the log about an evaluation: COCO's box AP, -1 if there is nothing to measure.</summary>
public sealed record ValLogEntry
{
    /// <summary>Always <c>val</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Mode { get; init; } = "val";

    /// <summary>1-based epoch whose weights were evaluated.</summary>
    public int Epoch { get; init; }

    /// <summary>Number of images evaluated.</summary>
    public int Iter { get; init; }

    /// <summary>Learning rate of the epoch's last iteration.</summary>
    public double Lr { get; init; }

    /// <summary>AP, mean over IoU 0.50:0.95.</summary>
    [JsonPropertyName("bbox_mAP")]
    public double Ap { get; init; }

    /// <summary>AP at IoU 0.50.</summary>
    [JsonPropertyName("bbox_mAP_50")]
    public double Ap50 { get; init; }

    /// <summary>AP at IoU 0.75.</summary>
    [JsonPropertyName("bbox_mAP_75")]
    public double Ap75 { get; init; }

    /// <summary>AP of objects below 32 x 32 pixels.</summary>
    [JsonPropertyName("bbox_mAP_s")]
    public double ApSmall { get; init; }

    /// <summary>AP of objects between 32 x 32 and 96 x 96 pixels.</summary>
    [JsonPropertyName("bbox_mAP_m")]
    public double ApMedium { get; init; }

    /// <summary>AP of objects above 96 x 96 pixels.</summary>
    [JsonPropertyName("bbox_mAP_l")]
    public double ApLarge { get; init; }
}
