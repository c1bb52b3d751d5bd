using System.Globalization;
using System.Runtime.InteropServices;
using Paa.Data;
using Paa.Detectors;
using Paa.Torch;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>Messages of a run to its user and its log, with the relevant values and the next step.</summary>
static class TrainingMessages
{
    const string Remedies = "a lower optimizer.lr, a longer warm-up or optimizer_config.grad_clip.";

    /// <summary>The error of a new run whose folder holds another one.</summary>
    public static TrainingException FolderIsTaken(string folder) => new(
        $"{folder} holds the checkpoints of a run, which this one would replace: call Resume to continue it, or choose another "
        + "folder.");

    /// <summary>The error that ends a run in single precision or bfloat16.</summary>
    /// <param name="position">Position before the batch.</param>
    /// <param name="batch">The batch, whose images the message names.</param>
    /// <param name="outcome">Losses and gradient norm, one of which is not finite.</param>
    /// <param name="checkpoint">The newest checkpoint; null if there is none.</param>
    public static TrainingException NotFinite(TrainingPosition position, Batch batch, StepOutcome outcome, string? checkpoint)
    {
        var losses = outcome.Losses;
        return new TrainingException(string.Create(CultureInfo.InvariantCulture,
            $"Iteration {position.Iteration + 1} (epoch {position.Epoch + 1}, batch {position.Batch + 1}): "
            + $"the {(losses.IsFinite ? "gradient" : "loss")} is not finite: cls {losses.Classification}, "
            + $"bbox {losses.BoxRegression}, iou {losses.IouPrediction}, norm of the gradients {outcome.GradientNorm}; "
            + $"images {string.Join(", ", batch.Images.Select(image => image.ImageId))}. "
            + $"The weights were not updated; the last checkpoint is {checkpoint ?? "none"}. Try {Remedies}"));
    }

    /// <summary>The error that ends a run in half precision after too many skipped updates in a row.</summary>
    /// <param name="position">Position before the batch.</param>
    /// <param name="scaler">The loss scale, which was reduced with every skipped update.</param>
    /// <param name="outcome">The last losses.</param>
    /// <param name="checkpoint">The newest checkpoint; null if there is none.</param>
    public static TrainingException TooManySkipped(
        TrainingPosition position, LossScaler scaler, StepOutcome outcome, string? checkpoint) =>
        new(string.Create(CultureInfo.InvariantCulture,
            $"Iteration {position.Iteration + 1} (epoch {position.Epoch + 1}): {scaler.SkippedInARow} updates in a row "
            + $"were skipped, because gradients were not finite; the loss scale is down to {scaler.Scale:R}, "
            + $"the loss is {outcome.Losses.Total}. "
            + $"The range of half precision is too small for this network, or the training diverged before; "
            + $"the last checkpoint is {checkpoint ?? "none"}. Try train.amp=bf16 or off, {Remedies}"));

    /// <summary>A message about iterations whose box loss is undefined.</summary>
    /// <param name="epoch">1-based epoch.</param>
    /// <param name="stepCount">Number of such iterations.</param>
    public static string WithoutOverlap(int epoch, int stepCount) =>
        $"Epoch {epoch}: in {stepCount} iterations no predicted box overlapped its object; "
        + "their box loss was undefined and counted as 0.";

    /// <summary>Versions, device, precision and threads, for the log.</summary>
    public static string EnvironmentText(Device device, StepPrecision precision) =>
        $"paa {typeof(TrainingMessages).Assembly.GetName().Version!.ToString(fieldCount: 3)}, libtorch {TorchRuntime.Version}, "
        + $"{device}, amp {precision}{(precision.IsChannelsLast ? ", channels last" : "")}, {TorchRuntime.ThreadCount} threads, "
        + $".NET {Environment.Version}, {RuntimeInformation.OSDescription}";
}

/// <summary>A training run cannot start or continue: a non-finite loss, no images, a checkpoint that does not fit.</summary>
/// <param name="message">What happened, where, and the next step if there is one.</param>
/// <param name="inner">The underlying error, if any.</param>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Reports weights that do not fit the network of the run.</summary>
    /// <param name="error">The mismatch.</param>
    public TrainingException(ArchitectureException error) : this(error.Message, error)
    {
    }
}
