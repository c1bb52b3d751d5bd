using Paa.Assignment;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>PAA's training objective for assigned anchors: classification, boxes, predicted IoU.</summary>
/// <remarks>Kim and Lee, ECCV 2020, equation 9. Computed on the device after a single upload.</remarks>
/// <param name="model">Options of the head, and the profile.</param>
sealed class PaaLoss(ModelOptions model)
{
    readonly HeadOptions _head = model.Head;

    /// <summary>Width of a pixel in IoU targets: the authors' code counts pixels, MMDetection measures edges.</summary>
    readonly double _pixel = model.Profile == SemanticsProfile.Original ? 1 : 0;

    /// <summary>
    /// Averages a tensor over the processes of a run, for normalisers over all of them; null if this process counts alone.
    /// </summary>
    public Func<Tensor, Tensor>? ProcessAverage { get; set; }

    /// <summary>Computes the losses of a batch.</summary>
    /// <param name="outputs">Head outputs of N images, one row per anchor. Borrowed.</param>
    /// <param name="grid">The A anchors of the batch.</param>
    /// <param name="samples">N samples with their objects.</param>
    /// <param name="assignments">N assignments.</param>
    /// <returns>Scalars that share the graph with <paramref name="outputs"/>. The caller owns them.</returns>
    public PaaLosses Forward(
        FlatOutputs outputs, AnchorGrid grid, IReadOnlyList<Sample> samples, IReadOnlyList<AssignmentResult> assignments)
    {
        using var scope = new TensorScope();
        var positives = AnchorRows.Positives(grid, samples, assignments);
        var (positiveCount, imageCount) = AverageCounts(positives.Count, samples.Count);
        var weights = AnchorWeights(grid, samples, assignments);
        var classification = ClassificationLoss(outputs, weights, positives, Math.Max(positiveCount, imageCount));
        var (box, iou, iouSum) = positives.Count > 0
            ? BoxAndIouLoss(outputs, positives, positiveCount)
            : NoLoss(outputs);
        foreach (var loss in (Tensor[])[classification, box, iou, iouSum]) scope.Keep(loss);
        return new PaaLosses(classification, box, iou, iouSum, positives.Count);
    }

    /// <summary>
    /// Focal loss over all valid anchors, divided by the number of positives, but at least by the number of images.
    /// </summary>
    Tensor ClassificationLoss(FlatOutputs outputs, float[] weights, AnchorRows positives, double normalizer)
    {
        var device = outputs.ClassLogits.Device;
        var targets = AnchorRows.OneHot(positives.ClassIndices(_head.ClassCount), weights.Length, _head.ClassCount, device);
        var terms = TensorForms.FocalLoss(outputs.ClassLogits, targets, _head.ClassificationLoss)
            * Tensor.Upload(weights, device, weights.Length, 1);
        return terms.Sum() * (_head.ClassificationLoss.Weight / normalizer);
    }

    /// <summary>GIoU loss weighted by IoU, and cross entropy of the predicted IoU, over the positives.</summary>
    (Tensor Box, Tensor Iou, Tensor IouSum) BoxAndIouLoss(FlatOutputs outputs, AnchorRows positives, double positiveCount)
    {
        const double smallestWeight = 1e-12;
        var device = outputs.BoxDeltas.Device;
        var rows = outputs.Rows(positives.IndexTensor(device));
        var boxes = positives.BoxTensor(device);
        var decoded = TensorForms.Decode(positives.AnchorTensor(device), rows.BoxDeltas);
        var quality = TensorForms.Iou(decoded.Detach(), boxes, _pixel);                   // [P], the target of the IoU branch
        var sum = Average(quality.Sum());
        var hasOverlap = sum.Greater(0).To(ScalarType.Float32);
        var weighted = (TensorForms.GiouLoss(decoded, boxes) * quality.Clamp(min: smallestWeight)).Sum();
        var box = weighted / (sum + (1 - hasOverlap)) * hasOverlap * _head.BoxLoss.Weight;
        var entropy = Functional.BinaryCrossEntropyWithLogits(rows.IouLogits, quality).Sum();
        return (box, entropy * (_head.IouLoss.Weight / positiveCount), sum);
    }

    /// <summary>Zeros that depend on the outputs, so that every parameter has a gradient.</summary>
    (Tensor Box, Tensor Iou, Tensor IouSum) NoLoss(FlatOutputs outputs) => (
        outputs.BoxDeltas.Sum() * 0, outputs.IouLogits.Sum() * 0, Average(Tensor.Zeros([], device: outputs.IouLogits.Device)));

    /// <summary>Numbers of positives and images for the normalisers.</summary>
    (double Positives, double Images) AverageCounts(int positives, int images)
    {
        if (ProcessAverage is null) return (positives, images);
        var average = Average(Tensor.From([(double)positives, images], 2)).ToArray<double>();
        return (average[0], average[1]);
    }

    Tensor Average(Tensor tensor) => ProcessAverage is null ? tensor : ProcessAverage(tensor);

    /// <summary>[N * A]: 1 for anchors inside the image's own padded size, 0 for others and for ignored anchors.</summary>
    static float[] AnchorWeights(AnchorGrid grid, IReadOnlyList<Sample> samples, IReadOnlyList<AssignmentResult> assignments)
    {
        var weights = new float[samples.Count * grid.Count];
        var valid = new bool[grid.Count];
        for (var i = 0; i < samples.Count; i++)
        {
            var own = weights.AsSpan(i * grid.Count, grid.Count);
            grid.ValidFlags(samples[i].Geometry.PadShape, valid);
            for (var anchor = 0; anchor < own.Length; anchor++) own[anchor] = valid[anchor] ? 1 : 0;
            foreach (var anchor in samples[i].Candidates.Ignored) own[anchor] = 0;
            foreach (var anchor in assignments[i].Ignored) own[anchor] = 0;
        }
        return weights;
    }
}

/// <summary>The three losses of a batch, on the device.</summary>
/// <param name="Classification">Focal loss, a scalar.</param>
/// <param name="BoxRegression">GIoU loss weighted by the IoU of each positive.</param>
/// <param name="IouPrediction">Cross entropy of the predicted IoU.</param>
/// <param name="IouSum">Sum of the positives' IoU, by which the box loss was divided; if it is 0, that loss is 0.</param>
/// <param name="PositiveCount">Number of positive anchors in the batch.</param>
sealed record PaaLosses(Tensor Classification, Tensor BoxRegression, Tensor IouPrediction, Tensor IouSum, int PositiveCount)
{
    /// <summary>The sum of the losses, to differentiate. A new tensor, owned by the caller or the current scope.</summary>
    public Tensor Total() => Classification + BoxRegression + IouPrediction;

    /// <summary>Reads all values with one copy from the device.</summary>
    public LossValues Read() => Read([]).Losses;

    /// <summary>Reads all values and other scalars with one copy from the device, so the host waits once.</summary>
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
/// <param name="PositiveCount">Number of positive anchors in the batch.</param>
/// <param name="HasOverlap">
/// False if there were positives, but no predicted box overlapped its object (the box loss is then 0).
/// </param>
public readonly record struct LossValues(
    float Classification, float BoxRegression, float IouPrediction, int PositiveCount, bool HasOverlap)
{
    /// <summary>The sum of the three.</summary>
    public float Total => Classification + BoxRegression + IouPrediction;

    /// <summary>Whether every loss is finite.</summary>
    public bool IsFinite => float.IsFinite(Total);
}
