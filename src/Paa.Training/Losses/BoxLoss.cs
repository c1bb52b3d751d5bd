using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>Overlap of predicted and true boxes, row by row, as differentiable tensors.</summary>
/// <remarks>Boxes are [n, 4], corners in pixels. Areas count no +1; unions and hulls are at least 1e-6.</remarks>
public static class BoxLoss
{
    const double Smallest = 1e-6;

    /// <summary>Intersection over union of each row.</summary>
    /// <param name="predicted">[n, 4].</param>
    /// <param name="target">[n, 4].</param>
    /// <param name="pixel">Added to widths and heights: 0, or 1 in the profile that counts pixels.</param>
    /// <returns>[n], in [0, 1].</returns>
    public static Tensor Iou(Tensor predicted, Tensor target, double pixel = 0)
    {
        using var scope = new TensorScope();
        return scope.Keep(Overlap(predicted, target, pixel).Iou);
    }

    /// <summary>1 - GIoU of each row (Rezatofighi et al., CVPR 2019, equation 5).</summary>
    /// <param name="predicted">[n, 4].</param>
    /// <param name="target">[n, 4].</param>
    /// <returns>[n], in [0, 2].</returns>
    public static Tensor Giou(Tensor predicted, Tensor target)
    {
        using var scope = new TensorScope();
        var (iou, union) = Overlap(predicted, target, pixel: 0);
        var hull = Area(Corner(predicted, 0).Minimum(Corner(target, 0)), Corner(predicted, 2).Maximum(Corner(target, 2)), 0)
            .Clamp(min: Smallest);
        return scope.Keep(1 - (iou - (hull - union) / hull));
    }

    static (Tensor Iou, Tensor Union) Overlap(Tensor predicted, Tensor target, double pixel)
    {
        var intersection = Area(
            Corner(predicted, 0).Maximum(Corner(target, 0)), Corner(predicted, 2).Minimum(Corner(target, 2)), pixel);
        var union = (SignedArea(predicted, pixel) + SignedArea(target, pixel) - intersection).Clamp(min: Smallest);
        return (intersection / union, union);
    }

    /// <summary>[n, 2] of a [n, 4]: the top left (0) or bottom right (2) corners.</summary>
    static Tensor Corner(Tensor boxes, long first) => boxes.Slice(1, first, first + 2);

    /// <summary>Area between corners; 0 where they are swapped.</summary>
    static Tensor Area(Tensor topLeft, Tensor bottomRight, double pixel) => Product((bottomRight - topLeft + pixel).Clamp(min: 0));

    /// <summary>Area of a box; an inverted box may have a negative one, as in the reference.</summary>
    static Tensor SignedArea(Tensor boxes, double pixel) => Product(Corner(boxes, 2) - Corner(boxes, 0) + pixel);

    static Tensor Product(Tensor sides) => sides.Select(1, 0) * sides.Select(1, 1);
}
