using Paa.Evaluation;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>Keeps what a run reports, and acts after chosen iterations.</summary>
sealed class RecordingObserver : ITrainingObserver
{
    public List<StepReport> Steps { get; } = [];

    public List<CocoMetrics> Evaluations { get; } = [];

    public List<string> SavedFiles { get; } = [];

    public List<string> Notices { get; } = [];

    /// <summary>Called after each iteration with its number in the run.</summary>
    public Action<long>? AfterStep { get; init; }

    /// <summary>Called after each evaluated image.</summary>
    public Action? WhileEvaluating { get; init; }

    public void Stepped(StepReport step)
    {
        Steps.Add(step);
        AfterStep?.Invoke(step.Position.Iteration);
    }

    public void Evaluating(int done, int total) => WhileEvaluating?.Invoke();

    public void Evaluated(int epoch, CocoMetrics metrics, bool isBest) => Evaluations.Add(metrics);

    public void Saved(string path) => SavedFiles.Add(Path.GetFileName(path));

    public void Notice(string message) => Notices.Add(message);
}
