using System.Globalization;
using Paa.Options;

namespace Paa.Training;

/// <summary>The learning rate as a function of epoch and iteration alone, so a checkpoint needs no state for it.</summary>
/// <remarks>
/// mmcv's <c>StepLrUpdaterHook</c> and <c>CosineAnnealingLrUpdaterHook</c> with linear warm-up. One difference: the cosine
/// advances with every iteration, not with every epoch, because runs on small data sets have few epochs.
/// </remarks>
/// <param name="options">Policy, warm-up and decay.</param>
/// <param name="baseRate">The rate after warm-up and before any decay.</param>
/// <param name="totalIterations">Iterations of the whole run, at whose end a cosine ends.</param>
sealed class LearningRateSchedule(LearningRateOptions options, double baseRate, long totalIterations)
{
    /// <summary>The rate of one iteration.</summary>
    /// <param name="epoch">0-based index of the epoch.</param>
    /// <param name="iteration">0-based index of the iteration, counted from the start of the run.</param>
    public double Rate(int epoch, long iteration)
    {
        var rate = options.Policy switch
        {
            LearningRatePolicy.Step => StepRate(epoch),
            LearningRatePolicy.Cosine => CosineRate(iteration),
            var unknown => throw new ArgumentOutOfRangeException(
                nameof(options), unknown, "LearningRateSchedule: unknown policy."),
        };
        if (iteration >= options.WarmupIterations) return rate;
        var missing = (1 - iteration / (double)options.WarmupIterations) * (1 - options.WarmupRatio);
        return rate * (1 - missing);
    }

    double StepRate(int epoch) => baseRate * Math.Pow(options.DecayFactor, options.DecayEpochs.Count(start => epoch >= start));

    double CosineRate(long iteration)
    {
        var done = totalIterations > 0 ? Math.Min(1, iteration / (double)totalIterations) : 1;
        var end = baseRate * options.FinalRatio;
        return end + 0.5 * (baseRate - end) * (1 + Math.Cos(Math.PI * done));
    }
}

/// <summary>Scales the learning rate in proportion to the batch size (Goyal et al. 2017, section 2.1).</summary>
/// <remarks>MMDetection's <c>auto_scale_lr</c>.</remarks>
static class LearningRateScaling
{
    /// <summary>The rate after warm-up and before any decay.</summary>
    /// <param name="config">Supplies the rate, its batch size, and whether to scale it.</param>
    /// <param name="batchSize">Images per update, summed over all processes.</param>
    public static double BaseRate(PaaConfig config, int batchSize) => config.LearningRateScaling.IsEnabled
        ? config.Optimizer.LearningRate * batchSize / config.LearningRateScaling.BaseBatchSize
        : config.Optimizer.LearningRate;

    /// <summary>
    /// A message about the rate in one sentence; null if the batch size is the one that the rate was chosen for.
    /// </summary>
    /// <param name="config">Supplies the rate, its batch size, and whether to scale it.</param>
    /// <param name="batchSize">Images per update, summed over all processes.</param>
    public static string? Notice(PaaConfig config, int batchSize)
    {
        var (rate, baseSize) = (config.Optimizer.LearningRate, config.LearningRateScaling.BaseBatchSize);
        if (batchSize == baseSize) return null;
        var scaled = rate * batchSize / baseSize;
        return config.LearningRateScaling.IsEnabled
            ? string.Create(CultureInfo.InvariantCulture,
                $"The learning rate is {scaled:0.######}: {rate:0.######} for {baseSize} images, scaled to a batch of "
                + $"{batchSize}.")
            : string.Create(CultureInfo.InvariantCulture,
                $"The learning rate {rate:0.######} is for {baseSize} images an update, here they are {batchSize}: "
                + $"--auto-scale-lr makes it {scaled:0.######}; auto_scale_lr.base_batch_size={batchSize} says it is right.");
    }
}
