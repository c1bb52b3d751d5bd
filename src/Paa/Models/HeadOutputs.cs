using Paa.Torch;

namespace Paa.Models;

/// <summary>What the head says, level by level, finest first.</summary>
/// <param name="ClassLogits">Each [N, K, H, W].</param>
/// <param name="BoxDeltas">Each [N, 4, H, W]: dx, dy, dw, dh in units of <c>BoxCoder</c>.</param>
/// <param name="IouLogits">Each [N, 1, H, W]: predicted IoU with the object, before the sigmoid.</param>
public sealed record HeadOutputs(Tensor[] ClassLogits, Tensor[] BoxDeltas, Tensor[] IouLogits);
