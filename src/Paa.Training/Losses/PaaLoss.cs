using Paa.Assignment;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Training.Losses;

/// <summary>PAA's training objective: assigns anchors by how well the network does on them, then scores the network on that.</summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3.1 and equation 9. Three parts: (1) the loss of every candidate, see
/// <see cref="CandidateLosses"/>; (2) the assignment, in C#; (3) the losses, on the device, after one upload.
/// </remarks>
/// <param name="model">Head, assignment and profile.</param>
public sealed class PaaLoss(ModelOptions model)
{
    readonly HeadOptions _head = model.Head;
    readonly PaaAssigner _assigner = new(model.Assignment.Separation, model.Profile, model.Head.TopK);
    readonly CandidateLosses _candidateLosses = new(model.Head);

    /// <summary>Width of a pixel in IoU targets: the authors' code counts pixels, MMDetection measures edges.</summary>
    readonly double _pixel = model.Profile == SemanticsProfile.Original ? 1 : 0;

    /// <summary>Averages a tensor over the processes of a run, for normalisers that count all of them; null: this process counts
    /// alone.</summary>
    internal Func<Tensor, Tensor>? ProcessAverage { get; set; }

    /// <inheritdoc cref="CandidateLosses.IsHostUsed"/>
    internal bool IsHostUsed
    {
        set => _candidateLosses.IsHostUsed = value;
    }

    /// <summary>Losses of a batch.</summary>
    /// <param name="outputs">Head outputs for N images. Borrowed.</param>
    /// <param name="grid">Anchors of the batch, A in all.</param>
    /// <param name="targets">N targets.</param>
    /// <returns>Scalars that share the graph with <paramref name="outputs"/>. The caller owns them.</returns>
    public PaaLosses Forward(HeadOutputs<Tensor> outputs, AnchorGrid grid, IReadOnlyList<ImageTargets> targets)
    {
        using var scope = new TensorScope();
        var flat = FlatOutputs.From(outputs);
        var images = Assign(flat, grid, targets);
        var positives = AnchorRows.Positives(grid, targets, images);

        var (positiveCount, imageCount) = AverageCounts(positives.Count, targets.Count);
        var classification = ClassificationLoss(flat, grid, targets, images, positives, Math.Max(positiveCount, imageCount));
        var (box, iou, iouSum) = positives.Count > 0
            ? BoxAndIouLoss(flat, positives, positiveCount)
            : (flat.BoxDeltas.Sum() * 0, flat.IouLogits.Sum() * 0, Average(Tensor.Zeros([], device: flat.IouLogits.Device)));
        foreach (var loss in (Tensor[])[classification, box, iou, iouSum]) scope.Keep(loss);
        return new PaaLosses(classification, box, iou, iouSum, images);
    }

    /// <summary>Parts 1 and 2.</summary>
    internal ImageAssignment[] Assign(FlatOutputs flat, AnchorGrid grid, IReadOnlyList<ImageTargets> targets)
    {
        var losses = _candidateLosses.Compute(flat, grid, targets);
        return [.. targets.Select((target, i) =>
            new ImageAssignment(target.Candidates, losses[i], _assigner.Assign(grid, target.Candidates, losses[i])))];
    }

    /// <summary>Focal loss over all valid anchors, divided by the positives, but at least by the images.</summary>
    Tensor ClassificationLoss(
        FlatOutputs flat, AnchorGrid grid, IReadOnlyList<ImageTargets> targets, ImageAssignment[] images, AnchorRows positives,
        double normalizer)
    {
        var device = flat.ClassLogits.Device;
        var targetScores = AnchorRows.OneHot(positives.ClassIndices(_head.ClassCount), flat.ClassLogits.Size(0), _head.ClassCount, device);
        var weights = Tensor.Upload(AnchorWeights(grid, targets, images), device, flat.ClassLogits.Size(0), 1);
        var terms = FocalLoss.Elementwise(flat.ClassLogits, targetScores, _head.ClassificationLoss) * weights;
        return terms.Sum() * (_head.ClassificationLoss.Weight / normalizer);
    }

    /// <summary>GIoU loss weighted by IoU, and cross entropy of the predicted IoU, over the positives.</summary>
    (Tensor Box, Tensor Iou, Tensor IouSum) BoxAndIouLoss(FlatOutputs flat, AnchorRows positives, double positiveCount)
    {
        const double smallestWeight = 1e-12;
        var device = flat.BoxDeltas.Device;
        var rows = flat.Rows(positives.IndexTensor(device));
        var boxes = positives.BoxTensor(device);
        var decoded = DeltaDecoder.Decode(positives.AnchorTensor(device), rows.BoxDeltas);
        var quality = BoxLoss.Iou(decoded.Detach(), boxes, _pixel);                       // [P], the target of the IoU branch
        var sum = Average(quality.Sum());
        var hasOverlap = sum.Greater(0).To(ScalarType.Float32);
        var weighted = (BoxLoss.Giou(decoded, boxes) * quality.Clamp(min: smallestWeight)).Sum();
        var box = weighted / (sum + (1 - hasOverlap)) * hasOverlap * _head.BoxLoss.Weight;
        var entropy = Functional.BinaryCrossEntropyWithLogits(rows.IouLogits, quality).Sum();
        return (box, entropy * (_head.IouLoss.Weight / positiveCount), sum);
    }

    /// <summary>Numbers of positives and images as the normalisers take them.</summary>
    (double Positives, double Images) AverageCounts(int positives, int images)
    {
        if (ProcessAverage is null) return (positives, images);
        var average = Average(Tensor.From([(double)positives, images], 2)).ToArray<double>();
        return (average[0], average[1]);
    }

    Tensor Average(Tensor tensor) => ProcessAverage is null ? tensor : ProcessAverage(tensor);

    /// <summary>1 for anchors inside the image's own padding, 0 for the others and for ignored ones.</summary>
    static float[] AnchorWeights(AnchorGrid grid, IReadOnlyList<ImageTargets> targets, ImageAssignment[] images)
    {
        var weights = new float[targets.Count * grid.Count];
        var valid = new bool[grid.Count];
        for (var i = 0; i < targets.Count; i++)
        {
            var own = weights.AsSpan(i * grid.Count, grid.Count);
            grid.ValidFlags(targets[i].PadShape, valid);
            for (var anchor = 0; anchor < own.Length; anchor++) own[anchor] = valid[anchor] ? 1 : 0;
            foreach (var anchor in targets[i].Candidates.Undecided) own[anchor] = 0;
            foreach (var anchor in images[i].Assignment.Ignored) own[anchor] = 0;
        }
        return weights;
    }
}
