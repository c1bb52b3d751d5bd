using Paa.Configuration;
using Paa.Options;

namespace Paa.Training;

/// <summary>Learning rate as a function of epoch and iteration alone, so that a resumed run needs no state of it.</summary>
/// <remarks>
/// mmcv's <c>StepLrUpdaterHook</c> and <c>CosineAnnealingLrUpdaterHook</c> with linear warm-up. Differs from mmcv in one
/// point: the cosine advances with every iteration rather than with every epoch, because small data sets have few of them.
/// </remarks>
/// <param name="options">Policy, warm-up and decay.</param>
/// <param name="baseRate">The rate after warm-up and before any decay.</param>
/// <param name="totalIterations">Iterations of the whole run, where a cosine ends.</param>
public sealed class LearningRateSchedule(LearningRateOptions options, double baseRate, long totalIterations)
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
