namespace Paa.Assignment;

/// <summary>How one object's positives came about, for those who want to see it.</summary>
/// <param name="Box">Index of the object.</param>
/// <param name="Anchors">Candidates that entered the fit, in ascending loss.</param>
/// <param name="Losses">Their losses.</param>
/// <param name="Mixture">The fit.</param>
/// <param name="LogDensity">Log density of the mixture at each candidate.</param>
/// <param name="LogOdds">Log odds of the low-loss component at each candidate.</param>
/// <param name="Outcomes">The decision about each candidate.</param>
public sealed record ObjectFit(
    int Box, int[] Anchors, float[] Losses,
    GaussianMixture Mixture, double[] LogDensity, double[] LogOdds, AnchorOutcome[] Outcomes);
