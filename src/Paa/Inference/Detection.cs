using Paa.Boxes;

namespace Paa.Inference;

/// <summary>One detected object.</summary>
/// <param name="Box">Corners in pixels of the original image (or of the network's input, where a method says so).</param>
/// <param name="Score">sqrt(class score * predicted IoU), in (0, 1).</param>
/// <param name="Label">Contiguous class index, 0..K-1.</param>
public readonly record struct Detection(Box Box, float Score, int Label);
