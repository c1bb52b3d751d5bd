namespace Paa.Benchmarks.Works;

/// <summary>One kind of work, set up and ready to be repeated.</summary>
interface IWork : IDisposable
{
    /// <summary>A number that tells what came out of the last run, to be compared with the peer's; null if none is comparable.</summary>
    double? Answer { get; }

    /// <summary>Does it once; only this is timed.</summary>
    void Run();
}
