using Paa.Losses;

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
    TimeSpan Time);
