using System.Text.Json;
using System.Text.Json.Serialization;

namespace Paa.Training;

/// <summary>The log of a run: JSON lines in the fields of MMDetection's <c>.log.json</c>, so that its tools plot them.</summary>
/// <remarks>
/// Lines are only ever appended, also by a resumed run; <see cref="LogReader"/> knows that later lines replace earlier ones.
/// Every line reaches the operating system before the training goes on. Not thread-safe.
/// </remarks>
public sealed class TrainingLog : IDisposable
{
    /// <summary>Name of the file in the folder of a run.</summary>
    public const string FileName = "train.log.json";

    internal static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    readonly FileStream _file;

    /// <summary>Opens the log of a folder for appending; a last line that a killed run left unfinished is cut off.</summary>
    /// <param name="workDirectory">The folder of the run; it exists.</param>
    public TrainingLog(string workDirectory)
    {
        _file = new FileStream(Path.Combine(workDirectory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read,
            bufferSize: 0);
        _file.SetLength(EndOfLastWholeLine(_file));
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends the line that begins a start or resumption.</summary>
    public void Append(RunLogEntry entry) => AppendLine(entry);

    /// <summary>Appends a line about training.</summary>
    public void Append(TrainLogEntry entry) => AppendLine(entry);

    /// <summary>Appends a line about an evaluation.</summary>
    public void Append(ValLogEntry entry) => AppendLine(entry);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    void AppendLine<T>(T entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, Json);
        _file.Write([.. line, (byte)'\n']);           // one write: a kill tears at most the last line
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
