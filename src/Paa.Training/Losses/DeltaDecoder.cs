using Paa.Boxes;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Anchors and deltas to boxes, as differentiable tensors: the same map as <see cref="BoxCoder"/>.</summary>
public static class DeltaDecoder
{
    /// <summary>Decodes row by row, without clipping to an image.</summary>
    /// <param name="anchors">[n, 4], corners in pixels.</param>
    /// <param name="deltas">[n, 4]: dx, dy, dw, dh. Centre shifts are not clamped, log sizes are, to +-ln(62.5).</param>
    /// <returns>[n, 4], corners in pixels.</returns>
    public static Tensor Decode(Tensor anchors, Tensor deltas)
    {
        using var scope = new TensorScope();
        var (low, high) = (anchors.Slice(1, 0, 2), anchors.Slice(1, 2, 4));
        var size = high - low;                                       // [n, 2]
        var centre = (low + high) * 0.5 + size * (deltas.Slice(1, 0, 2) * BoxCoder.CentreDeviation);
        var logSize = (deltas.Slice(1, 2, 4) * BoxCoder.SizeDeviation).Clamp(-BoxCoder.MaxLogRatio, BoxCoder.MaxLogRatio);
        var half = size * logSize.Exp() * 0.5;
        return scope.Keep(Tensor.Concat([centre - half, centre + half], 1));
    }
}
