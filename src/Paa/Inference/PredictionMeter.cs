using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Paa.Inference;

/// <summary>Prediction in numbers, for <c>dotnet-counters</c> or OpenTelemetry.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Instrument</term><description>What it counts</description></listheader>
/// <item><term><c>paa.images</c></term><description>Counter: images looked at.</description></item>
/// <item><term><c>paa.detections</c></term><description>Counter: objects returned.</description></item>
/// <item><term><c>paa.call.duration</c></term><description>Histogram, seconds: a call of <c>Detect</c> for one or more images,
/// with its wait for other callers.</description></item>
/// <item><term><c>paa.callers</c></term><description>Up-down counter: calls under way. On oneDNN a network computes for one
/// at a time, on all its cores, so what exceeds 1 is the queue.</description></item>
/// </list>
/// Without a listener a call pays nothing.
/// </remarks>
public static class PredictionMeter
{
    /// <summary>Name of the meter: the same as <see cref="PredictionActivity.SourceName"/>.</summary>
    public const string Name = PredictionActivity.SourceName;

    static readonly Meter Meter = new(Name);
    static readonly Counter<long> Images = Meter.CreateCounter<long>("paa.images", "{image}", "Images looked at");
    static readonly Counter<long> Found = Meter.CreateCounter<long>("paa.detections", "{object}", "Objects returned");
    static readonly UpDownCounter<int> Callers = Meter.CreateUpDownCounter<int>("paa.callers", "{call}", "Calls under way");
    static readonly Histogram<double> Duration = Meter.CreateHistogram("paa.call.duration", "s", "Time of a call",
        tags: null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
        });

    /// <summary>A caller arrives.</summary>
    internal static void Enter() => Callers.Add(1);

    /// <summary>A caller leaves, with or without a result.</summary>
    internal static void Leave() => Callers.Add(-1);

    /// <summary>A call has its result.</summary>
    /// <param name="started">A time stamp of <see cref="Stopwatch"/>.</param>
    /// <param name="images">Number of images.</param>
    /// <param name="detections">Number of objects.</param>
    internal static void Complete(long started, int images, int detections)
    {
        Images.Add(images);
        Found.Add(detections);
        Duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
    }
}
