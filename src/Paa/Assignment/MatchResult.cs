namespace Paa.Assignment;

/// <summary>The first stage's decision about every anchor of a grid.</summary>
/// <param name="Owner">-1: invalid or undecided; 0: background; g + 1: candidate of box g.</param>
/// <param name="MaxIou">Highest IoU to any box; 0 for invalid anchors, -1 for those covered by an ignored region.</param>
public sealed record MatchResult(int[] Owner, float[] MaxIou);
