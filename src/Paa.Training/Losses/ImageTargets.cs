using Paa.Assignment;
using Paa.Boxes;

namespace Paa.Training.Losses;

/// <summary>What the loss compares one image of a batch with.</summary>
/// <param name="Boxes">True boxes, corners in pixels of the network's input.</param>
/// <param name="Labels">Class of each box, 0..K-1.</param>
/// <param name="Candidates">First stage: anchors considered for each box.</param>
/// <param name="PadShape">The image's own padded size; anchors beyond it take no part.</param>
public sealed record ImageTargets(Box[] Boxes, int[] Labels, Candidates Candidates, ImageSize PadShape);
