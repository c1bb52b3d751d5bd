using Paa.Configuration;
using Paa.Evaluation;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;
using Paa.Training.Losses;

namespace Paa.Training;

/// <summary>Is told the progress of a run, to show it. Called on the thread that trains; each call should return quickly.</summary>
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

    /// <summary>The user should know something: one sentence.</summary>
    void Notice(string message) { }
}

/// <summary>A run when it begins or continues.</summary>
/// <param name="WorkDirectory">Where log and checkpoints go.</param>
/// <param name="ImageCount">Images of the training set.</param>
/// <param name="BatchesPerEpoch">Iterations of an epoch.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="TotalIterations">Iterations of the whole run.</param>
/// <param name="ParameterCount">Numbers that are trained.</param>
/// <param name="Position">Where this run begins; all zero for a new one.</param>
public sealed record TrainingPlan(
    string WorkDirectory, int ImageCount, int BatchesPerEpoch, int Epochs, long TotalIterations, long ParameterCount,
    TrainingPosition Position)
{
    /// <summary>The device that trains.</summary>
    public Device Device { get; init; }
}

/// <summary>One finished iteration.</summary>
/// <param name="Position">The run after it.</param>
/// <param name="Rate">Learning rate it used.</param>
/// <param name="Losses">Its losses.</param>
/// <param name="GradientNorm">Joint L2 norm of all gradients, before clipping; null if the weights were not updated yet.</param>
/// <param name="ImageCount">Images of the batch.</param>
/// <param name="DataTime">Time spent waiting for the batch.</param>
/// <param name="Time">Time of the whole iteration.</param>
public sealed record StepReport(
    TrainingPosition Position, double Rate, LossValues Losses, double? GradientNorm, int ImageCount, TimeSpan DataTime,
    TimeSpan Time)
{
    /// <summary>The factor of the loss; null without half precision.</summary>
    public double? LossScale { get; init; }

    /// <summary>Whether the update was skipped because gradients were not finite, which happens with a loss scale.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Precision of the network: <c>off</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public MixedPrecision Amp { get; init; }
}

/// <summary>An observer that shows nothing.</summary>
sealed class SilentObserver : ITrainingObserver;

/// <summary>Passes on the notices of a process that is not the main one, with its rank. The main process reports the progress for all.</summary>
/// <param name="observer">Gets the notices.</param>
/// <param name="world">Knows the rank.</param>
sealed class RankObserver(ITrainingObserver observer, World world) : ITrainingObserver
{
    public void Notice(string message) => observer.Notice($"rank {world.Rank} on {World.Host}: {message}");
}
