using Paa.Torch;

namespace Paa.Benchmarks.Works;

/// <summary>The kinds of work by name.</summary>
static class WorkCatalogue
{
    static readonly Dictionary<string, Func<WorkSettings, IWork>> Kinds = new()
    {
        ["infer"] = settings => new InferenceWork(settings),
        ["step"] = settings => new TrainingStepWork(settings),
        ["assign"] = settings => new AssignmentWork(settings),
        ["post"] = settings => new PostProcessingWork(settings),
        ["coco"] = settings => new CocoWork(settings),
        ["image"] = settings => new ImageWork(settings),
    };

    /// <summary>Whether there is such a kind.</summary>
    public static bool Has(string kind) => Kinds.ContainsKey(kind);

    /// <summary>Sets work up.</summary>
    /// <exception cref="UnavailableException">It cannot be done here.</exception>
    public static IWork Create(string kind, WorkSettings settings)
    {
        var threads = settings.Int("threads", Environment.ProcessorCount);
        if (kind is "infer" or "step" or "assign") TorchRuntime.ThreadCount = threads;
        var work = Kinds[kind](settings);
        settings.Text("data");          // a race gives all works its folder; not all need it
        settings.ThrowIfUnknown();
        return work;
    }
}

/// <summary>One kind of work, set up and ready to be repeated.</summary>
interface IWork : IDisposable
{
    /// <summary>A number that tells what came out of the last run, to be compared with the peer's; null if none is
    /// comparable.</summary>
    double? Answer { get; }

    /// <summary>Does it once; only this is timed.</summary>
    void Run();
}

/// <summary>Work that this machine or this build cannot do: its row is printed as missing.</summary>
sealed class UnavailableException(string reason) : Exception(reason);
