using System.Globalization;
using Paa.Checkpoints;

namespace Paa.Training;

/// <summary>
/// Where a run of MMDetection stood, counted in the epochs of the run that continues it, and what is not exact.
/// </summary>
/// <remarks>
/// MMDetection's files hold weights, momentum, loss scale and the numbers of epochs and iterations; the schedule follows from
/// these (<see cref="LearningRateSchedule"/>), so <c>param_schedulers</c> and <c>message_hub</c> of 3.x are not needed. They hold
/// neither the number of GPUs nor the order of the images.
/// </remarks>
static class MmdetectionResume
{
    /// <summary>The position at which to go on.</summary>
    /// <param name="saved">
    /// Epochs and iterations of the file. MMDetection 2.x counts the epoch of a checkpoint inside of it as finished, and not the
    /// iteration; 3.x the other way round.
    /// </param>
    /// <param name="path">The file; that of an iteration is <c>iter_N.pth</c>.</param>
    /// <param name="batchesPerEpoch">Iterations of an epoch of this run.</param>
    public static TrainingPosition Position(TrainingPosition saved, string path, int batchesPerEpoch)
    {
        var end = new TrainingPosition(saved.Epoch, 0, (long)saved.Epoch * batchesPerEpoch);
        if (CheckpointName.Parse(path) is not { Kind: "iter" } name) return end;
        var epoch = name.Number / batchesPerEpoch;
        var isHere = saved.Iteration - name.Number is 0 or -1 && saved.Epoch - epoch is 0 or 1;
        return isHere ? new TrainingPosition((int)epoch, (int)(name.Number % batchesPerEpoch), name.Number) : end;
    }

    /// <summary>A message about what goes on and what does not, in one line.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="path">The file.</param>
    /// <param name="position">The position at which the run goes on.</param>
    /// <param name="rate">The rate of the first parameters before warm-up and decay.</param>
    /// <param name="needsLossScale">Whether the run trains in half precision.</param>
    public static string Notice(
        TrainingCheckpoint checkpoint, string path, TrainingPosition position, double rate, bool needsLossScale)
    {
        List<string> parts =
            [$"{path} is MMDetection's: weights, momentum and schedule go on, the order of the images is drawn anew"];
        var saved = checkpoint.Position;
        if (position.Batch == 0 && position.Iteration != saved.Iteration)
            parts.Add($"its {saved.Iteration} iterations count as {position.Iteration}, which are {position.Epoch} epochs here");
        if (InitialRate(checkpoint.Optimizer) is { } before && Math.Abs(before - rate) > 1e-9 * rate)
            parts.Add(string.Create(CultureInfo.InvariantCulture,
                $"its learning rate was {before:0.######}, the configuration's is {rate:0.######}"));
        if (needsLossScale && checkpoint.LossScaler is null) parts.Add("it has no loss scale, which begins anew");
        return string.Join("; ", parts) + ".";
    }

    static double? InitialRate(PickleDict? optimizer) =>
        optimizer is not null && optimizer.TryGet<List<object?>>("param_groups", out var groups)
            && groups is [PickleDict first, ..] && first.TryGet<double>("initial_lr", out var rate) ? rate : null;
}
