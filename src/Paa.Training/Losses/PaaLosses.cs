using Paa.Assignment;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>The three losses of a batch and what was decided on the way.</summary>
/// <param name="Classification">Focal loss, a scalar on the device.</param>
/// <param name="BoxRegression">GIoU loss weighted by the IoU of each positive.</param>
/// <param name="IouPrediction">Cross entropy of the predicted IoU.</param>
/// <param name="IouSum">Sum of the positives' IoU, by which the box loss was divided; 0 makes that loss 0.</param>
/// <param name="Images">Candidates, their losses and the assignment, image by image.</param>
public sealed record PaaLosses(
    Tensor Classification, Tensor BoxRegression, Tensor IouPrediction, Tensor IouSum, IReadOnlyList<ImageAssignment> Images)
{
    /// <summary>Their sum, the value to differentiate. A new tensor, owned by the caller or the current scope.</summary>
    public Tensor Total() => Classification + BoxRegression + IouPrediction;

    /// <summary>Positive anchors of the batch.</summary>
    public int PositiveCount => Images.Sum(image => image.Assignment.Positives.Length);

    /// <summary>Reads all values with one copy from the device.</summary>
    public LossValues Read() => Read([]).Losses;

    /// <summary>Reads all values, and others with them, with one copy from the device: the host waits once.</summary>
    /// <param name="others">Scalars on the same device. Borrowed.</param>
    public (LossValues Losses, float[] Others) Read(params ReadOnlySpan<Tensor> others)
    {
        using var scope = new TensorScope();
        var values = Tensor.Stack([Classification.Detach(), BoxRegression.Detach(), IouPrediction.Detach(), IouSum, .. others], 0)
            .ToArray<float>();
        return (new LossValues(values[0], values[1], values[2], PositiveCount, values[3] > 0 || PositiveCount == 0), values[4..]);
    }
}

/// <summary>Losses of a step as numbers.</summary>
/// <param name="Classification">MMDetection's <c>loss_cls</c>.</param>
/// <param name="BoxRegression">MMDetection's <c>loss_bbox</c>.</param>
/// <param name="IouPrediction">MMDetection's <c>loss_iou</c>.</param>
/// <param name="PositiveCount">Positive anchors of the batch.</param>
/// <param name="HasOverlap">False if there were positives and not one predicted box met its object (the box loss is then 0).</param>
public readonly record struct LossValues(
    float Classification, float BoxRegression, float IouPrediction, int PositiveCount, bool HasOverlap)
{
    /// <summary>The sum of the three.</summary>
    public float Total => Classification + BoxRegression + IouPrediction;

    /// <summary>Whether every part is an ordinary number.</summary>
    public bool IsFinite => float.IsFinite(Total);
}

/// <summary>The assignment of one image.</summary>
/// <param name="Candidates">Anchors considered.</param>
/// <param name="Losses">Loss of each candidate: focal, summed over classes, plus weighted GIoU.</param>
/// <param name="Assignment">Who became positive.</param>
public sealed record ImageAssignment(Candidates Candidates, float[] Losses, AssignmentResult Assignment);
