using System.Text.Json;
using Paa.Benchmarks.Works;
using Paa.Platform;
using Paa.Reports;

namespace Paa.Benchmarks.Report;

/// <summary>All that a run found: what <c>benchmarks/out/latest.json</c> holds.</summary>
sealed record BenchmarkResult
{
    /// <summary>When it was begun, UTC.</summary>
    public required DateTime Created { get; init; }

    /// <summary><c>quick</c> or <c>full</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>How long it took, in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>Processor, memory, system, threads, and how busy it was.</summary>
    public required IReadOnlyDictionary<string, string> Machine { get; init; }

    /// <summary>Ours and the peers'.</summary>
    public required IReadOnlyDictionary<string, string> Versions { get; init; }

    /// <summary>One for each line of the table.</summary>
    public required IReadOnlyList<ResultRow> Rows { get; init; }

    /// <summary>How cost grows.</summary>
    public IReadOnlyList<StudyResult> Studies { get; init; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">It is no result.</exception>
    public static BenchmarkResult Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchmarkResult>(File.ReadAllText(path), Json.IndentedWithoutNulls)!;
        }
        catch (Exception error) when (error is IOException or JsonException)
        {
            throw new UsageException($"{path} is no result of benchmarks: {error.Message}");
        }
    }

    /// <summary>Writes a file, whole or not at all.</summary>
    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        AtomicFile.WriteText(path, Json.Text(this, Json.IndentedWithoutNulls) + "\n");
    }
}

/// <summary>The shortest and the longest round.</summary>
sealed record Spread(double Min, double Max);

/// <summary>One line of the table.</summary>
sealed record ResultRow
{
    /// <summary>For <c>--only</c>.</summary>
    public required string Id { get; init; }

    /// <summary>What is done.</summary>
    public required string Work { get; init; }

    /// <summary>Our figure, a median.</summary>
    public double? Ours { get; init; }

    /// <summary>The peer's, a median.</summary>
    public double? Peer { get; init; }

    /// <summary>Who the peer is.</summary>
    public string? PeerName { get; init; }

    /// <summary>Of <see cref="Ours"/> and <see cref="Peer"/>: ms, MiB or s.</summary>
    public required string Unit { get; init; }

    /// <summary>Peer / ours; for memory ours / peer.</summary>
    public double? Ratio { get; init; }

    /// <summary>What the ratio, or our figure where there is no peer, has to reach.</summary>
    public string? Required { get; init; }

    /// <summary>The goal beyond that.</summary>
    public double? Stretch { get; init; }

    /// <summary>Whether it is reached; absent where it could not be measured.</summary>
    public bool? Met { get; init; }

    /// <summary>Of our rounds.</summary>
    public Spread? OursSpread { get; init; }

    /// <summary>Of the peer's rounds.</summary>
    public Spread? PeerSpread { get; init; }

    /// <summary>Rounds of ours.</summary>
    public int Rounds { get; init; }

    /// <summary>Rounds of the peer; 0 for a recorded time.</summary>
    public int PeerRounds { get; init; }

    /// <summary>Managed memory that ours allocates each time, in bytes.</summary>
    public long? AllocatedBytes { get; init; }

    /// <summary>What came out of our work.</summary>
    public double? OursAnswer { get; init; }

    /// <summary>What came out of the peer's work; equal to ours but for rounding.</summary>
    public double? PeerAnswer { get; init; }

    /// <summary>What else there is to know: who was missing and why, or how it was measured.</summary>
    public string? Note { get; init; }

    /// <summary>Repeats the row.</summary>
    public required string Command { get; init; }
}

/// <summary>How the cost of one kind of work grows.</summary>
/// <param name="Id">For <c>--only</c>.</param>
/// <param name="Title">What grows.</param>
/// <param name="Axis">What x counts.</param>
/// <param name="Unit">Of the medians.</param>
/// <param name="Series">Ours, and the peer's where it was at hand.</param>
/// <param name="Command">Repeats it.</param>
sealed record StudyResult(
    string Id, string Title, string Axis, string Unit, IReadOnlyList<StudySeries> Series, string Command);

/// <summary>One curve.</summary>
sealed record StudySeries(string Name, IReadOnlyList<StudyPoint> Points);

/// <summary>One point: the median of some rounds and their spread.</summary>
sealed record StudyPoint(double X, double Median, double Min, double Max, int Rounds);
