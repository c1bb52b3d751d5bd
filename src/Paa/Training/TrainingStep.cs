using Paa.Boxes;
using Paa.Data;
using Paa.Losses;
using Paa.Models;
using Paa.Torch;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>One update of the weights, in two halves: compute losses and gradients, then apply them if they are sound.</summary>
/// <param name="detector">The network, in training mode. Borrowed.</param>
/// <param name="optimizer">The rule of its update. Borrowed.</param>
/// <param name="maxNorm">Gradients are scaled so that their joint norm is at most this; null: not clipped.</param>
public sealed class TrainingStep(PaaDetector detector, Optimizer optimizer, double? maxNorm = null)
{
    /// <summary>Averages the gradients over several processes; null: there is one. Borrowed.</summary>
    public DataParallel? Parallel { get; set; }

    /// <summary>Forward and backward pass; the gradients lie at the parameters, the weights are as before.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on the detector's device. Borrowed.</param>
    /// <param name="grid">Anchors of that size.</param>
    /// <param name="targets">N targets.</param>
    /// <param name="part">Place among the batches of an update; null: this batch alone makes it.</param>
    /// <returns>The losses and, after the last batch of an update, the joint L2 norm of all gradients, before clipping.</returns>
    public StepOutcome Compute(Tensor images, AnchorGrid grid, IReadOnlyList<ImageTargets> targets, Accumulation? part = null)
    {
        using var scope = new TensorScope();
        var (isLast, count) = (part?.IsLast ?? true, part?.Count ?? 1);
        if (part?.IsFirst ?? true) optimizer.ClearGradients();
        Parallel?.BeforeForward(isLast);
        var losses = detector.Loss(images, grid, targets);
        Parallel?.BeforeBackward(isLast);
        var total = losses.Total();
        (count == 1 ? total : total * (1.0 / count)).Backward();
        double? norm = isLast
            ? GradientClipping.ClipNorm(detector.Parameters.Parameters, maxNorm ?? double.PositiveInfinity)
            : null;
        return new StepOutcome(losses.Read(), norm);       // read after backward: the device is never idle in between
    }

    /// <summary>Forward and backward pass on a batch of the training set.</summary>
    /// <inheritdoc cref="Compute(Tensor, AnchorGrid, IReadOnlyList{ImageTargets}, Accumulation?)"/>
    public StepOutcome Compute(Batch batch, Accumulation? part = null)
    {
        using var scope = new TensorScope();
        var images = batch.ToTensor(detector.Device);
        ImageTargets[] targets = [.. batch.Images.Select((image, i) =>
            new ImageTargets(image.Boxes, image.Labels, batch.Candidates[i], image.PadShape))];
        return Compute(images, batch.Grid, targets, part);
    }

    /// <summary>Updates the weights with the gradients that <see cref="Compute(Batch, Accumulation?)"/> left.</summary>
    /// <param name="rate">Learning rate.</param>
    public void Apply(double rate)
    {
        optimizer.LearningRate = rate;
        optimizer.Step();
    }
}
