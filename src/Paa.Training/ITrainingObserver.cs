using Paa.Evaluation;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;
using Paa.Training.Losses;

namespace Paa.Training;

/// <summary>
/// Receives the progress of a run, to show it. Methods are called on the training thread and should return quickly.
/// </summary>
/// <remarks>Every method has an empty default body, so an observer implements only what it shows.</remarks>
public interface ITrainingObserver
{
    /// <summary>The run has started or resumed.</summary>
    void Started(TrainingPlan plan) { }

    /// <summary>An iteration has ended.</summary>
    void Stepped(StepReport step) { }

    /// <summary>An evaluation has progressed.</summary>
    /// <param name="done">Number of images evaluated.</param>
    /// <param name="total">Number of images in the set.</param>
    void Evaluating(int done, int total) { }

    /// <summary>An evaluation has ended.</summary>
    /// <param name="epoch">1-based epoch.</param>
    /// <param name="metrics">COCO's figures.</param>
    /// <param name="isBest">Whether no earlier AP was higher.</param>
    void Evaluated(int epoch, CocoMetrics metrics, bool isBest) { }

    /// <summary>A checkpoint has been written under its final name.</summary>
    void Saved(string path) { }

    /// <summary>A message for the user, in one sentence.</summary>
    void Notice(string message) { }
}

/// <summary>The plan of a run when it starts or resumes.</summary>
/// <param name="WorkDirectory">Folder of log and checkpoints.</param>
/// <param name="ImageCount">Number of training images.</param>
/// <param name="BatchesPerEpoch">Iterations per epoch.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="TotalIterations">Iterations of the whole run.</param>
/// <param name="ParameterCount">Number of trained parameters.</param>
/// <param name="Position">Where this run begins; all zero for a new run.</param>
public sealed record TrainingPlan(
    string WorkDirectory, int ImageCount, int BatchesPerEpoch, int Epochs, long TotalIterations, long ParameterCount,
    TrainingPosition Position)
{
    /// <summary>The device used for training.</summary>
    public Device Device { get; init; }

    /// <summary>The time that the whole run may take, for which its schedule was laid; null for none.</summary>
    public TimeSpan? Budget { get; init; }
}

/// <summary>One finished iteration.</summary>
/// <param name="Position">Position of the run after it.</param>
/// <param name="Rate">The learning rate used.</param>
/// <param name="Losses">The losses.</param>
/// <param name="GradientNorm">Joint L2 norm of all gradients before clipping; null if the weights were not yet updated.</param>
/// <param name="ImageCount">Images in the batch.</param>
/// <param name="DataTime">Time spent waiting for the batch.</param>
/// <param name="Time">Time of the whole iteration.</param>
public sealed record StepReport(
    TrainingPosition Position, double Rate, LossValues Losses, double? GradientNorm, int ImageCount, TimeSpan DataTime,
    TimeSpan Time)
{
    /// <summary>The time until the end of the run at the present pace, with its evaluations and checkpoints.</summary>
    public TimeSpan TimeLeft { get; init; }

    /// <summary>The loss scale; null without half precision.</summary>
    public double? LossScale { get; init; }

    /// <summary>Whether the update was skipped because gradients were not finite; this happens only with a loss scale.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Precision of the network: <c>off</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public MixedPrecision Amp { get; init; }
}

/// <summary>An observer that shows nothing.</summary>
sealed class SilentObserver : ITrainingObserver;

/// <summary>
/// Passes on only notices, with the rank, for a process other than the main one. The main process reports the progress of all.
/// </summary>
/// <param name="observer">Receives the notices.</param>
/// <param name="world">Supplies the rank.</param>
sealed class RankObserver(ITrainingObserver observer, World world) : ITrainingObserver
{
    public void Notice(string message) => observer.Notice($"rank {world.Rank} on {World.Host}: {message}");
}
