using Paa.Assignment;
using Paa.Boxes;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Decoding, overlap and focal loss on tensors, row by row and differentiable.</summary>
/// <remarks>
/// Each method names its plain version, which is its oracle in the tests. Boxes are [n, 4], corners in pixels. Areas carry no +1;
/// unions and hulls are at least <see cref="BoxOverlap.Epsilon"/>.
/// </remarks>
static class TensorForms
{
    const double Smallest = 1e-6;           // BoxOverlap.Epsilon in double precision

    /// <summary>
    /// Decodes deltas into boxes, without clipping to an image: <see cref="BoxCoder.Decode(in Box, in BoxDeltas)"/>.
    /// </summary>
    /// <param name="anchors">[n, 4].</param>
    /// <param name="deltas">[n, 4]: dx, dy, dw, dh. Log sizes are clamped to +-ln(62.5), centre shifts are not.</param>
    /// <returns>[n, 4].</returns>
    public static Tensor Decode(Tensor anchors, Tensor deltas)
    {
        using var scope = new TensorScope();
        var (low, high) = (anchors.Slice(1, 0, 2), anchors.Slice(1, 2, 4));
        var size = high - low;                                       // [n, 2]
        var center = (low + high) * 0.5 + size * (deltas.Slice(1, 0, 2) * BoxCoder.CenterDeviation);
        var logSize = (deltas.Slice(1, 2, 4) * BoxCoder.SizeDeviation).Clamp(-BoxCoder.MaxLogRatio, BoxCoder.MaxLogRatio);
        var half = size * logSize.Exp() * 0.5;
        return scope.Keep(Tensor.Concat([center - half, center + half], 1));
    }

    /// <summary>Intersection over union of each row: <see cref="BoxOverlap.Iou(in Box, in Box)"/>.</summary>
    /// <param name="predicted">[n, 4].</param>
    /// <param name="target">[n, 4].</param>
    /// <param name="pixel">Added to widths and heights: 0, or 1 for the profile that counts pixels.</param>
    /// <returns>[n], in [0, 1].</returns>
    public static Tensor Iou(Tensor predicted, Tensor target, double pixel = 0)
    {
        using var scope = new TensorScope();
        return scope.Keep(Overlap(predicted, target, pixel).Iou);
    }

    /// <summary>
    /// 1 - GIoU of each row (Rezatofighi et al., CVPR 2019, equation 5): <see cref="BoxOverlap.Giou(in Box, in Box)"/>.
    /// </summary>
    /// <param name="predicted">[n, 4].</param>
    /// <param name="target">[n, 4].</param>
    /// <returns>[n], in [0, 2].</returns>
    public static Tensor GiouLoss(Tensor predicted, Tensor target)
    {
        using var scope = new TensorScope();
        var (iou, union) = Overlap(predicted, target, pixel: 0);
        var hull = Area(Corner(predicted, 0).Minimum(Corner(target, 0)), Corner(predicted, 2).Maximum(Corner(target, 2)), 0)
            .Clamp(min: Smallest);
        return scope.Keep(1 - (iou - (hull - union) / hull));
    }

    /// <summary>Focal loss on logits, without reduction or weight: cross entropy, reduced for what is already right.</summary>
    /// <remarks>
    /// Lin et al., ICCV 2017, equation 5: -alpha_t (1 - p_t)^gamma log p_t, per anchor and class. Its fast form on the host is
    /// part of <see cref="CandidateLoss"/>.
    /// </remarks>
    /// <param name="logits">[n, K].</param>
    /// <param name="targets">[n, K], 1 at the anchor's class and 0 elsewhere; a background row is all 0.</param>
    /// <param name="options">Alpha and gamma.</param>
    /// <returns>[n, K], at least 0.</returns>
    public static Tensor FocalLoss(Tensor logits, Tensor targets, FocalLossOptions options)
    {
        using var scope = new TensorScope();
        var scores = logits.Sigmoid();
        var wrong = scores + targets - scores * targets * 2;  // 1 - p_t
        var alpha = targets * (2 * options.Alpha - 1) + (1 - options.Alpha);
        var entropy = Functional.BinaryCrossEntropyWithLogits(logits, targets);
        return scope.Keep(entropy * (alpha * wrong.Pow(options.Gamma)));
    }

    static (Tensor Iou, Tensor Union) Overlap(Tensor predicted, Tensor target, double pixel)
    {
        var intersection = Area(
            Corner(predicted, 0).Maximum(Corner(target, 0)), Corner(predicted, 2).Minimum(Corner(target, 2)), pixel);
        var union = (SignedArea(predicted, pixel) + SignedArea(target, pixel) - intersection).Clamp(min: Smallest);
        return (intersection / union, union);
    }

    /// <summary>[n, 2] of an [n, 4]: the top left (0) or bottom right (2) corners.</summary>
    static Tensor Corner(Tensor boxes, long first) => boxes.Slice(1, first, first + 2);

    /// <summary>Area between corners; 0 if they are swapped.</summary>
    static Tensor Area(Tensor topLeft, Tensor bottomRight, double pixel) =>
        Product((bottomRight - topLeft + pixel).Clamp(min: 0));

    /// <summary>Area of a box; an inverted box may have a negative one, as in the reference.</summary>
    static Tensor SignedArea(Tensor boxes, double pixel) => Product(Corner(boxes, 2) - Corner(boxes, 0) + pixel);

    static Tensor Product(Tensor sides) => sides.Select(1, 0) * sides.Select(1, 1);
}
