using System.Globalization;
using Paa.Options;

namespace Paa.Training;

/// <summary>The learning rate as a function of epoch and iteration alone, so a checkpoint needs no state for it.</summary>
/// <remarks>
/// mmcv's <c>StepLrUpdaterHook</c> and <c>CosineAnnealingLrUpdaterHook</c> with warm-up. MMEngine's schedulers, which multiply
/// the rate before by a factor in each step, come to the same: <c>LinearLR</c> with <c>end</c> E is a warm-up of E - 1
/// iterations, and <c>CosineAnnealingLR</c> is a cosine from <c>begin</c> to the end of the run. (They differ where a warm-up and
/// a cosine with a minimum above 0 overlap: there MMEngine's steps do not commute.)
/// </remarks>
/// <param name="options">Policy, warm-up and decay.</param>
/// <param name="baseRate">The rate after warm-up and before any decay.</param>
/// <param name="totalIterations">Iterations of the whole run, at whose end a cosine ends.</param>
/// <param name="batchesPerEpoch">Iterations of an epoch, for what is counted in epochs.</param>
sealed class LearningRateSchedule(
    LearningRateOptions options, double baseRate, long totalIterations, int batchesPerEpoch = 1)
{
    readonly long _warmupIterations = options.WarmupIterations * (options.IsWarmupByEpoch ? batchesPerEpoch : 1L);

    /// <summary>The rate of one iteration.</summary>
    /// <param name="epoch">0-based index of the epoch.</param>
    /// <param name="iteration">0-based index of the iteration, counted from the start of the run.</param>
    public double Rate(int epoch, long iteration)
    {
        var rate = options.Policy switch
        {
            LearningRatePolicy.Step => StepRate(epoch),
            LearningRatePolicy.Cosine => CosineRate(epoch, iteration),
            var unknown => throw new ArgumentOutOfRangeException(
                nameof(options), unknown, "LearningRateSchedule: unknown policy."),
        };
        if (iteration >= _warmupIterations) return rate;
        var left = 1 - iteration / (double)_warmupIterations;
        return options.Warmup switch
        {
            WarmupKind.Linear => rate * (1 - left * (1 - options.WarmupRatio)),
            WarmupKind.Constant => rate * options.WarmupRatio,
            WarmupKind.Exp => rate * Math.Pow(options.WarmupRatio, left),
            var unknown => throw new ArgumentOutOfRangeException(
                nameof(options), unknown, "LearningRateSchedule: unknown warm-up."),
        };
    }

    double StepRate(int epoch) => baseRate * Math.Pow(options.DecayFactor, options.DecayEpochs.Count(start => epoch >= start));

    double CosineRate(int epoch, long iteration)
    {
        double perEpoch = batchesPerEpoch, first = options.FirstCosineEpoch * perEpoch;
        var (now, last) = options.IsByEpoch
            ? (epoch * perEpoch, Math.Ceiling(totalIterations / perEpoch) * perEpoch)
            : (iteration, totalIterations);
        var done = last > first ? Math.Clamp((now - first) / (last - first), 0, 1) : 1;
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
