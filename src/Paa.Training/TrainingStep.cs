using Paa.Assignment;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Imaging;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training.Losses;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>The outcome of a training step.</summary>
/// <param name="Losses">The losses, computed with the weights before the step.</param>
/// <param name="GradientNorm">Joint L2 norm of all gradients before clipping; null while gradients accumulate.</param>
/// <param name="IsUpdated">Whether the weights were updated.</param>
readonly record struct StepOutcome(LossValues Losses, double? GradientNorm, bool IsUpdated)
{
    /// <summary>
    /// Whether losses and gradients are finite: a NaN or infinity would stay in the weights for good.
    /// </summary>
    public bool IsFinite => Losses.IsFinite && double.IsFinite(GradientNorm ?? 0);
}

/// <summary>
/// One training step of PAA: the detector predicts, the assigner assigns, the loss is computed, the optimiser updates.
/// </summary>
/// <remarks>
/// Kim and Lee, ECCV 2020, section 3. The host waits for the device twice per step: for the losses of the candidates, on which
/// the assignment depends, and once at the end for the losses and the gradient norm. For mixed precision see
/// <see cref="StepPrecision"/>.
/// </remarks>
/// <param name="detector">The network, in training mode. Borrowed.</param>
/// <param name="optimizer">The optimiser of the network. Borrowed.</param>
/// <param name="maxNorm">Gradients are scaled so that their joint norm is at most this; null for no clipping.</param>
/// <param name="precision">Number formats; null for single precision.</param>
sealed class TrainingStep(
    TorchDetector detector, Optimizer optimizer, double? maxNorm = null, StepPrecision? precision = null)
{
    readonly CandidateLosses _candidateLosses = new(detector.Network.Options.Head);
    readonly PaaAssigner _assigner = new(detector.Network.Options);
    readonly PaaLoss _loss = new(detector.Network.Options);

    /// <summary>Creates the step that a configuration describes.</summary>
    /// <param name="config">The run.</param>
    /// <param name="detector">Its network.</param>
    /// <param name="optimizer">Its optimiser.</param>
    /// <param name="precision">Number formats; null for the configuration's.</param>
    /// <exception cref="TrainingException">The device does not support the precision.</exception>
    public static TrainingStep Create(
        PaaConfig config, TorchDetector detector, Optimizer optimizer, StepPrecision? precision = null) =>
        new(detector, optimizer, config.Gradients.Clipping?.MaxNorm,
            precision ?? StepPrecision.Create(config.Precision, detector.Device));

    /// <summary>Number formats and loss scale.</summary>
    public StepPrecision Precision { get; } = precision ?? StepPrecision.Single;

    /// <summary>Averages the gradients over several processes; null if there is only one. Borrowed.</summary>
    public DataParallel? Parallel
    {
        get;
        set
        {
            field = value;
            _loss.ProcessAverage = value?.NormalizerAverage;
        }
    }

    /// <summary>
    /// Whether the host computes the losses of candidates if it can read the outputs; false, for tests, to compute as on CUDA.
    /// </summary>
    internal bool IsHostUsed
    {
        set => _candidateLosses.IsHostUsed = value;
    }

    /// <summary>Trains on a batch of the training set.</summary>
    /// <inheritdoc cref="Run(Tensor, AnchorGrid, IReadOnlyList{Sample}, double, Accumulation?)"/>
    public StepOutcome Run(Batch batch, double rate, Accumulation? part = null)
    {
        using var scope = new TensorScope();
        var images = Tensor.Upload(
            batch.Pixels, detector.Device, batch.Images.Count, Image.Channels, batch.Size.Height, batch.Size.Width);
        return Run(images, batch.Grid, batch.Images, rate, part);
    }

    /// <summary>Trains on images.</summary>
    /// <remarks>
    /// The weights change after the last batch of an update, and only if losses and gradients are finite. With a loss scale only
    /// the gradients decide: a step with non-finite ones is skipped and lowers the scale. Gradients stay with the parameters
    /// until the next update begins. The outcome never includes the loss scale, and after the last batch neither do the
    /// gradients, unless they are not finite.
    /// </remarks>
    /// <param name="images">Normalised RGB, [N, 3, H, W], on the detector's device. Borrowed.</param>
    /// <param name="grid">The anchors of that size.</param>
    /// <param name="samples">N samples with objects and candidates.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="part">Place among the batches of an update; null if this batch alone forms it.</param>
    public StepOutcome Run(
        Tensor images, AnchorGrid grid, IReadOnlyList<Sample> samples, double rate, Accumulation? part = null)
    {
        using var scope = new TensorScope();
        var place = part ?? Accumulation.None;
        if (place.IsFirst) optimizer.ClearGradients();

        var outputs = Predict(images, place);                                           // one row per anchor
        var candidateLosses = _candidateLosses.Compute(outputs, grid, samples);
        var assignments = samples.Zip(candidateLosses, (sample, own) => _assigner.Assign(grid, sample.Candidates, own)).ToArray();
        var losses = _loss.Forward(outputs, grid, samples, assignments);
        Differentiate(losses.Total(), place);

        var outcome = Read(losses, place);
        optimizer.LearningRate = rate;
        if (outcome.IsUpdated) optimizer.Step();
        return outcome;
    }

    /// <summary>Runs the network in the step's precision and layout; everything after it is in single precision.</summary>
    FlatOutputs Predict(Tensor images, Accumulation place)
    {
        using var scope = new TensorScope();
        Parallel?.BeforeForward(place.IsLast);
        if (Precision.IsChannelsLast) images = images.ToChannelsLast();
        HeadOutputs<Tensor> maps;
        using (Precision.Type is { } type ? new Autocast(detector.Device, type) : null) maps = detector.Forward(images);
        var outputs = FlatOutputs.From(Precision.Type is null ? maps : maps.Select(map => map.To(ScalarType.Float32)));
        foreach (var output in (Tensor[])[outputs.ClassLogits, outputs.BoxDeltas, outputs.IouLogits]) scope.Keep(output);
        return outputs;
    }

    /// <summary>Adds the gradients of a loss, times the loss scale, to those of the previous batches.</summary>
    void Differentiate(Tensor total, Accumulation place)
    {
        Parallel?.BeforeBackward(place.IsLast);
        var factor = (double)(Precision.Scaler?.Scale ?? 1) / place.Count;
        (factor == 1 ? total : total * factor).Backward();
    }

    /// <summary>
    /// Waits for the losses, and after the last batch of an update also for the gradient norm; then clips the gradients.
    /// </summary>
    StepOutcome Read(PaaLosses losses, Accumulation place)
    {
        if (!place.IsLast) return new StepOutcome(losses.Read(), null, IsUpdated: false);

        // Read after the backward pass, so that the device is never idle in between. Processes that train together have
        // bit-identical gradients here, so all of them agree on whether they are finite.
        var gradients = GradientClipping.GradientsOf(detector.Parameters.Parameters);
        var (values, norms) = losses.Read(GradientClipping.Norm(gradients));
        var lossScale = Precision.Scaler?.Scale ?? 1;
        var isSound = float.IsFinite(norms[0]);
        var norm = norms[0] / lossScale;
        if (isSound) GradientClipping.Scale(gradients, norm, maxNorm ?? double.PositiveInfinity, lossScale);
        Precision.Scaler?.Update(isSound);
        return new StepOutcome(values, norm, isSound && (values.IsFinite || Precision.Scaler is not null));
    }
}
