using Paa.Training.Losses;

namespace Paa.Training;

/// <summary>What the first half of a step gives.</summary>
/// <param name="Losses">The losses.</param>
/// <param name="GradientNorm">Joint L2 norm of all gradients, before clipping; null while they are still added up.</param>
public readonly record struct StepOutcome(LossValues Losses, double? GradientNorm)
{
    /// <summary>Whether the weights may be updated: a NaN or infinity would stay in them for good.</summary>
    public bool IsFinite => Losses.IsFinite && double.IsFinite(GradientNorm ?? 0);
}
