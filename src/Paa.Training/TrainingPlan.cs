using Paa.Torch;

namespace Paa.Training;

/// <summary>A run at its beginning or continuation.</summary>
/// <param name="WorkDirectory">Where log and checkpoints go.</param>
/// <param name="ImageCount">Images of the training set.</param>
/// <param name="BatchesPerEpoch">Iterations of an epoch.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="TotalIterations">Iterations of the whole run.</param>
/// <param name="ParameterCount">Numbers that train.</param>
/// <param name="Position">Where this run begins; all zero for a new one.</param>
public sealed record TrainingPlan(
    string WorkDirectory, int ImageCount, int BatchesPerEpoch, int Epochs, long TotalIterations, long ParameterCount,
    TrainingPosition Position)
{
    /// <summary>Where is trained.</summary>
    public Device Device { get; init; }
}
