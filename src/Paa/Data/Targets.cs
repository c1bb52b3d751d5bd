using Paa.Boxes;

namespace Paa.Data;

/// <summary>What the detector should find in an image.</summary>
/// <param name="Boxes">The objects.</param>
/// <param name="Labels">Their labels.</param>
/// <param name="Ignored">Boxes around crowds.</param>
public readonly record struct Targets(Box[] Boxes, int[] Labels, Box[] Ignored);
