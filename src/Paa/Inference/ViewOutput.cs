using Paa.Boxes;
using Paa.Data;
using Paa.Models;

namespace Paa.Inference;

/// <summary>What the head says about one view of an image, a scale and a flip of it.</summary>
/// <param name="Levels">Head outputs, finest level first.</param>
/// <param name="Grid">The anchors of these levels.</param>
/// <param name="Geometry">How the image became the network's input.</param>
public readonly record struct ViewOutput(LevelOutput[] Levels, AnchorGrid Grid, ImageGeometry Geometry);
