using System.Diagnostics;
using System.Globalization;
using Paa.Inference;

namespace Paa.Cli.Predict;

/// <summary>Records the stages of <see cref="PredictionActivity"/>, and prints their times when it is disposed.</summary>
/// <remarks>For a stage that runs once per image two numbers are printed: the first time, and the median of the others.</remarks>
sealed class StageTimes : IDisposable
{
    readonly TextWriter _output;
    readonly OrderedDictionary<string, List<double>> _stages = [];
    readonly ActivityListener _listener;
    readonly DateTime _processStart;

    /// <param name="output">Receives the line. Borrowed.</param>
    public StageTimes(TextWriter output)
    {
        _output = output;
        using var process = Process.GetCurrentProcess();
        _processStart = process.StartTime.ToUniversalTime();
        _stages.Add("start", [SinceStart]);
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == PredictionActivity.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => Add(activity.OperationName, activity.Duration.TotalSeconds),
        };
        ActivitySource.AddActivityListener(_listener);
    }

    double SinceStart => (DateTime.UtcNow - _processStart).TotalSeconds;

    /// <summary>Prints the line.</summary>
    public void Dispose()
    {
        _listener.Dispose();
        Add("all", SinceStart);
        var parts = _stages.Select(stage => stage.Value is [var first, _, ..]
            ? $"{stage.Key} {Text(first)} then {Text(Median(stage.Value[1..]))}" : $"{stage.Key} {Text(stage.Value[0])}");
        _output.WriteLine($"seconds: {string.Join(", ", parts)}");

        static string Text(double seconds) => seconds.ToString("0.000", CultureInfo.InvariantCulture);
    }

    void Add(string stage, double seconds)
    {
        if (!_stages.TryGetValue(stage, out var times)) _stages.Add(stage, times = []);
        times.Add(seconds);
    }

    static double Median(List<double> times)
    {
        times.Sort();
        return (times[(times.Count - 1) / 2] + times[times.Count / 2]) / 2;
    }
}
