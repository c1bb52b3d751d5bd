using Paa.Evaluation;
using Paa.Torch;

namespace Paa.Training;

/// <summary>Writes what a run does to its JSON log and to TensorBoard.</summary>
/// <param name="folder">The folder of the run; it exists.</param>
/// <param name="interval">Iterations between lines.</param>
/// <param name="isClipping">Whether gradients are clipped; their norm is then logged.</param>
sealed class RunLog(string folder, int interval, bool isClipping) : IDisposable
{
    readonly TrainingLog _lines = new(folder);
    readonly TensorBoardLog _board = new(folder);
    readonly StepAverage _average = new();

    /// <summary>The run starts or continues.</summary>
    public void Add(RunLogEntry entry) => _lines.Append(entry);

    /// <summary>An iteration ended; every so many of them make a line.</summary>
    public void Add(StepReport step, Device device)
    {
        _average.Add(step);
        if (step.Position.Batch % interval != 0) return;
        var entry = _average.Take(isClipping, PeakMemory.Megabytes(device));
        _lines.Append(entry);
        _board.Append(step.Position.Iteration,
            ("train/loss_cls", entry.LossCls), ("train/loss_bbox", entry.LossBbox), ("train/loss_iou", entry.LossIou),
            ("train/loss", entry.Loss), ("learning_rate", entry.Lr));
        if (entry.LossScale is { } scale) _board.Append(step.Position.Iteration, ("train/loss_scale", scale));
    }

    /// <summary>An evaluation ended.</summary>
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
