using Paa.Boxes;

namespace Paa.Inference;

/// <summary>What the head says about one image on one pyramid level, on the host, in the layout of the network.</summary>
/// <param name="ClassLogits">[K, H, W].</param>
/// <param name="BoxDeltas">[4, H, W]: dx, dy, dw, dh in units of <see cref="BoxCoder"/>.</param>
/// <param name="IouLogits">[1, H, W]: predicted IoU with the object, before the sigmoid.</param>
/// <param name="Size">H and W.</param>
public readonly record struct LevelOutput(
    ReadOnlyMemory<float> ClassLogits, ReadOnlyMemory<float> BoxDeltas, ReadOnlyMemory<float> IouLogits, ImageSize Size);
