using Paa.Evaluation;

namespace Paa.Training;

/// <summary>Hears what a run does, to show it. Called on the thread that trains; each call should return quickly.</summary>
/// <remarks>Every method has an empty body here, so that an observer implements only what it shows.</remarks>
public interface ITrainingObserver
{
    /// <summary>The run begins or continues.</summary>
    void Started(TrainingPlan plan) { }

    /// <summary>An iteration ended.</summary>
    void Stepped(StepReport step) { }

    /// <summary>An evaluation goes on.</summary>
    /// <param name="done">Images evaluated.</param>
    /// <param name="total">Images of the set.</param>
    void Evaluating(int done, int total) { }

    /// <summary>An evaluation ended.</summary>
    /// <param name="epoch">1-based epoch.</param>
    /// <param name="metrics">COCO's numbers.</param>
    /// <param name="isBest">Whether no earlier AP was higher.</param>
    void Evaluated(int epoch, CocoMetrics metrics, bool isBest) { }

    /// <summary>A checkpoint lies under its final name.</summary>
    void Saved(string path) { }

    /// <summary>Something the user should know: one sentence.</summary>
    void Notice(string message) { }
}
