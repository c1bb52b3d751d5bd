namespace Paa.Assignment;

/// <summary>The anchors that serve the objects of one image in this training step.</summary>
/// <remarks>Every other candidate is background, with classification weight 1 and no box loss.</remarks>
/// <param name="Positives">Positive anchors, grouped by object in its order, in ascending loss.</param>
/// <param name="Boxes">Index of the object of each positive.</param>
/// <param name="Ignored">
/// Candidates that take no part in the classification loss; only <see cref="SeparationRule.PeakWithGap"/> has any.
/// </param>
public sealed record AssignmentResult(int[] Positives, int[] Boxes, int[] Ignored);
