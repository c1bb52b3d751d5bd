using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Data;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training.Losses;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>One update of the weights, in two halves: compute losses and gradients, then apply them if they are sound.</summary>
/// <remarks>
/// The host waits for the device twice in a step: for the losses of the candidates, by which anchors are assigned, and at the end, once, for
/// losses and norm of the gradients. With mixed precision see <see cref="StepPrecision"/>.
/// </remarks>
/// <param name="detector">The network, in training mode. Borrowed.</param>
/// <param name="optimizer">The rule of its update. Borrowed.</param>
/// <param name="maxNorm">Gradients are scaled so that their joint norm is at most this; null: not clipped.</param>
/// <param name="precision">Types of number; null: single precision.</param>
public sealed class TrainingStep(TorchDetector detector, Optimizer optimizer, double? maxNorm = null, StepPrecision? precision = null)
{
    readonly StepPrecision _precision = precision ?? StepPrecision.Single;
    bool _isSound = true;

    /// <summary>What is minimised.</summary>
    public PaaLoss Loss { get; } = new(detector.Network.Options);

    /// <summary>The step that a configuration describes.</summary>
    /// <param name="config">The run.</param>
    /// <param name="detector">Its network.</param>
    /// <param name="optimizer">Its optimiser.</param>
    /// <param name="precision">Types of number; null: the configuration's.</param>
    /// <exception cref="TrainingException">The device cannot compute in the precision that is wanted.</exception>
    public static TrainingStep Create(PaaConfig config, TorchDetector detector, Optimizer optimizer, StepPrecision? precision = null) => new(
        detector, optimizer, config.Gradients.Clipping?.MaxNorm, precision ?? StepPrecision.Create(config.Precision, detector.Device));

    /// <summary>Types of number and loss scale.</summary>
    public StepPrecision Precision => _precision;

    /// <summary>Averages the gradients over several processes; null: there is one. Borrowed.</summary>
    public DataParallel? Parallel { get; set; }

    /// <summary>Forward and backward pass; the gradients lie at the parameters, the weights are as before.</summary>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on the detector's device. Borrowed.</param>
    /// <param name="grid">Anchors of that size.</param>
    /// <param name="targets">N targets.</param>
    /// <param name="part">Place among the batches of an update; null: this batch alone makes it.</param>
    /// <returns>The losses and, after the last batch of an update, the joint L2 norm of all gradients, before clipping. The loss scale is in
    /// neither of them, and not in the gradients after that batch, unless they are not finite.</returns>
    public StepOutcome Compute(Tensor images, AnchorGrid grid, IReadOnlyList<ImageTargets> targets, Accumulation? part = null)
    {
        using var scope = new TensorScope();
        var (isLast, count) = (part?.IsLast ?? true, part?.Count ?? 1);
        var lossScale = _precision.Scaler?.Scale ?? 1;
        if (part?.IsFirst ?? true) optimizer.ClearGradients();
        Parallel?.BeforeForward(isLast);
        if (_precision.IsChannelsLast) images = images.ToChannelsLast();
        HeadOutputs<Tensor> outputs;
        using (_precision.Type is { } type ? new Autocast(detector.Device, type) : null) outputs = detector.Forward(images);
        if (_precision.Type is not null) outputs = outputs.Select(map => map.To(ScalarType.Float32));
        var losses = Loss.Forward(outputs, grid, targets);
        Parallel?.BeforeBackward(isLast);
        var (total, factor) = (losses.Total(), (double)lossScale / count);
        (factor == 1 ? total : total * factor).Backward();
        if (!isLast) return new StepOutcome(losses.Read(), null);

        // Read after backward, so that the device is never idle in between. Processes that train together have the same gradients
        // here, to the bit, so that all of them find them sound or not.
        var gradients = GradientClipping.GradientsOf(detector.Parameters.Parameters);
        var (values, norms) = losses.Read(GradientClipping.Norm(gradients));
        _isSound = float.IsFinite(norms[0]);
        var norm = norms[0] / lossScale;
        if (_isSound) GradientClipping.Scale(gradients, norm, maxNorm ?? double.PositiveInfinity, lossScale);
        return new StepOutcome(values, norm);
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

    /// <summary>Updates the weights with the gradients that <see cref="Compute(Batch, Accumulation?)"/> left. With a loss scale,
    /// gradients that are not finite are dropped; without one the caller looks at <see cref="StepOutcome.IsFinite"/>.</summary>
    /// <param name="rate">Learning rate.</param>
    /// <returns>Whether the weights were updated.</returns>
    public bool Apply(double rate)
    {
        optimizer.LearningRate = rate;
        if (_precision.Scaler is { } scaler)
        {
            scaler.Update(_isSound);
            if (!_isSound) return false;
        }
        optimizer.Step();
        return true;
    }
}
