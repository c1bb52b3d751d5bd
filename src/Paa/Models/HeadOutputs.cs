using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Models;

/// <summary>What the head says, level by level, finest first.</summary>
/// <param name="ClassLogits">Each [N, K, H, W].</param>
/// <param name="BoxDeltas">Each [N, 4, H, W]: dx, dy, dw, dh in units of <c>BoxCoder</c>.</param>
/// <param name="IouLogits">Each [N, 1, H, W]: predicted IoU with the object, before the sigmoid.</param>
public sealed record HeadOutputs(Tensor[] ClassLogits, Tensor[] BoxDeltas, Tensor[] IouLogits)
{
    /// <summary>The same outputs with elements of a type, sharing the graph with these. The caller or the current scope owns them.</summary>
    /// <param name="type">The type.</param>
    public HeadOutputs To(ScalarType type)
    {
        return new(Convert(ClassLogits), Convert(BoxDeltas), Convert(IouLogits));

        Tensor[] Convert(Tensor[] maps) => Array.ConvertAll(maps, map => map.To(type));
    }
}
