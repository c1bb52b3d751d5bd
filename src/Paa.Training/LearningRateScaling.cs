using System.Globalization;
using Paa.Configuration;
using Paa.Options;

namespace Paa.Training;

/// <summary>The learning rate in proportion to the batch (Goyal et al. 2017, section 2.1).</summary>
/// <remarks>MMDetection's <c>auto_scale_lr</c>.</remarks>
public static class LearningRateScaling
{
    /// <summary>The rate after warm-up and before any decay.</summary>
    /// <param name="config">Rate, base batch, and whether it is scaled.</param>
    /// <param name="batchSize">Images of an update, those of all processes together.</param>
    public static double BaseRate(PaaConfig config, int batchSize) => config.LearningRateScaling.IsEnabled
        ? config.Optimizer.LearningRate * batchSize / config.LearningRateScaling.BaseBatchSize
        : config.Optimizer.LearningRate;

    /// <summary>What the user should know about the rate, one sentence; null if the batch is the one it was made for.</summary>
    /// <param name="config">Rate, base batch, and whether it is scaled.</param>
    /// <param name="batchSize">Images of an update, those of all processes together.</param>
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
