namespace Paa.Assignment;

/// <summary>One Gaussian of a mixture over losses.</summary>
/// <param name="Weight">Its part of the mixture, in (0, 1).</param>
/// <param name="Mean">Its centre.</param>
/// <param name="Variance">Its squared width, positive.</param>
public readonly record struct GaussianComponent(double Weight, double Mean, double Variance);
