using Paa.Configuration;
using Paa.Training.Losses;
using Paa.Options;

namespace Paa.Training;

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
    /// <summary>By what the loss was multiplied; null without half precision.</summary>
    public double? LossScale { get; init; }

    /// <summary>Whether the update was left out because gradients were not finite, which happens with a loss scale.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Precision of the network: <c>off</c>, <c>bf16</c> or <c>fp16</c>.</summary>
    public MixedPrecision Amp { get; init; }
}
