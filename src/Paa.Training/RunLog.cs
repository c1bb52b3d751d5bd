using Paa.Configuration;
using Paa.Evaluation;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Logs;

namespace Paa.Training;

/// <summary>Writes the progress of a run to its JSON log and to TensorBoard.</summary>
/// <param name="folder">The folder of the run; it must exist.</param>
/// <param name="interval">Iterations between lines; the last iteration of an epoch always gets one.</param>
/// <param name="isClipping">Whether gradients are clipped; if so, their norm is logged.</param>
sealed class RunLog(string folder, int interval, bool isClipping) : IDisposable
{
    readonly TrainingLog _lines = new(folder);
    readonly TensorBoardLog _board = new(folder);
    readonly StepAverage _average = new();

    /// <summary>Logs the start or resumption of the run.</summary>
    public void Add(RunLogEntry entry) => _lines.Append(entry);

    /// <summary>Adds an iteration; every <c>interval</c> iterations and at the end of the epoch a line is written.</summary>
    /// <param name="step">The iteration.</param>
    /// <param name="isEpochOver">Whether the epoch has ended, possibly with the run before its last batch.</param>
    /// <param name="device">The device whose memory is logged.</param>
    public void Add(StepReport step, bool isEpochOver, Device device)
    {
        _average.Add(step);
        if (step.Position.Batch % interval != 0 && !isEpochOver) return;
        var entry = _average.Take(isClipping, PeakMemory.Megabytes(device));
        _lines.Append(entry);
        _board.Append(step.Position.Iteration,
            ("train/loss_cls", entry.LossCls), ("train/loss_bbox", entry.LossBbox), ("train/loss_iou", entry.LossIou),
            ("train/loss", entry.Loss), ("learning_rate", entry.Lr));
        if (entry.LossScale is { } scale) _board.Append(step.Position.Iteration, ("train/loss_scale", scale));
    }

    /// <summary>Logs an evaluation.</summary>
    public void Add(TrainingPosition position, double rate, CocoMetrics metrics)
    {
        var entry = new ValLogEntry
        {
            Epoch = position.Epoch + 1,
            Iter = metrics.ImageCount,
            Lr = rate,
            Ap = metrics.Stats[0],
            Ap50 = metrics.Stats[1],
            Ap75 = metrics.Stats[2],
            ApSmall = metrics.Stats[3],
            ApMedium = metrics.Stats[4],
            ApLarge = metrics.Stats[5],
        };
        _lines.Append(entry);
        _board.Append(position.Iteration,
            ("val/bbox_mAP", entry.Ap), ("val/bbox_mAP_50", entry.Ap50), ("val/bbox_mAP_75", entry.Ap75),
            ("val/bbox_mAP_s", entry.ApSmall), ("val/bbox_mAP_m", entry.ApMedium), ("val/bbox_mAP_l", entry.ApLarge));
    }

    public void Dispose()
    {
        _lines.Dispose();
        _board.Dispose();
    }
}

/// <summary>Averages the iterations since the last line of the log.</summary>
sealed class StepAverage
{
    readonly List<StepReport> _steps = [];

    public void Add(StepReport step) => _steps.Add(step);

    /// <summary>Returns the line for the iterations added since the last call.</summary>
    /// <param name="isClipping">Whether the line includes the norm of the gradients.</param>
    /// <param name="memory">Peak memory in MB.</param>
    public TrainLogEntry Take(bool isClipping, long memory)
    {
        var last = _steps[^1];
        var entry = new TrainLogEntry
        {
            Epoch = last.Position.Epoch + 1,
            Iter = last.Position.Batch,
            Lr = last.Rate,
            Memory = memory,
            DataTime = Mean(step => step.DataTime.TotalSeconds),
            LossCls = FiniteMean(step => step.Losses.Classification),
            LossBbox = FiniteMean(step => step.Losses.BoxRegression),
            LossIou = FiniteMean(step => step.Losses.IouPrediction),
            Loss = FiniteMean(step => step.Losses.Total),
            GradNorm = isClipping && Sound.Average(step => step.GradientNorm) is { } norm ? Round(norm) : null,
            Amp = last.Amp == MixedPrecision.Off ? null : ConfigNames.EnumName(last.Amp),
            LossScale = last.LossScale,
            SkippedUpdates = last.LossScale is null ? null : _steps.Count(step => step.IsSkipped),
            Time = Mean(step => step.Time.TotalSeconds),
        };
        _steps.Clear();
        return entry;
    }

    IEnumerable<StepReport> Sound => _steps.Where(step => !step.IsSkipped);

    /// <summary>
    /// The mean of the finite losses: half precision may overflow now and then, which would make the mean useless.
    /// </summary>
    double FiniteMean(Func<StepReport, double> value) =>
        Round(_steps.Where(step => step.Losses.IsFinite).Select(value).DefaultIfEmpty(double.NaN).Average());

    double Mean(Func<StepReport, double> value) => Round(_steps.Average(value));

    static double Round(double value) => Math.Round(value, digits: 6);
}
