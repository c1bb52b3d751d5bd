using Paa.Options;

namespace Paa.Training;

/// <summary>
/// What a configuration says about the course of a run: its length, its rates, and when it evaluates and saves.
/// </summary>
/// <param name="config">The run.</param>
/// <param name="batchesPerEpoch">Iterations of an epoch.</param>
/// <param name="evaluates">Whether there are images to evaluate.</param>
/// <param name="imagesPerUpdate">Images whose gradients form one update, summed over all processes.</param>
sealed class RunSchedule(PaaConfig config, int batchesPerEpoch, bool evaluates, int imagesPerUpdate)
{
    readonly int _evaluationInterval = evaluates ? config.Evaluation.EpochInterval : 0;

    /// <summary>Iterations of the whole run.</summary>
    public long TotalIterations { get; } = Math.Min(
        (long)config.Duration.MaxEpochs * batchesPerEpoch, config.Duration.MaxIterations ?? long.MaxValue);

    /// <summary>Iterations of an epoch.</summary>
    public int BatchesPerEpoch => batchesPerEpoch;

    /// <summary>Epochs of the whole run; the last one may be cut short.</summary>
    public int Epochs => (int)((TotalIterations + batchesPerEpoch - 1) / batchesPerEpoch);

    /// <summary>The learning rate of each iteration.</summary>
    public LearningRateSchedule Rates => field ??= new LearningRateSchedule(
        config.LearningRate, LearningRateScaling.BaseRate(config, imagesPerUpdate), TotalIterations, batchesPerEpoch);

    /// <summary>Whether a run at a position has no iteration left.</summary>
    public bool IsLast(TrainingPosition position) => position.Iteration >= TotalIterations;

    /// <summary>The place of the next batch in its update.</summary>
    public Accumulation Part(TrainingPosition position)
    {
        var left = Math.Min(batchesPerEpoch - position.Batch, TotalIterations - position.Iteration);
        return Accumulation.Of(position.Batch, (int)(position.Batch + left), config.Gradients.AccumulationSteps);
    }

    /// <summary>Whether an epoch is evaluated.</summary>
    /// <param name="epoch">1-based epoch.</param>
    /// <param name="isLast">Whether the run ends with it.</param>
    public bool IsEvaluationDue(int epoch, bool isLast) => evaluates && (isLast || epoch % _evaluationInterval == 0);

    /// <summary>Evaluations and checkpoints that are left after some epochs.</summary>
    /// <param name="epochs">Number of finished epochs.</param>
    /// <remarks>An epoch that is evaluated and saved is saved twice, before and after its evaluation.</remarks>
    public (long Evaluations, long Checkpoints) Events(int epochs)
    {
        var save = config.Checkpoints.EpochInterval;
        var evaluations = _evaluationInterval > 0 ? Ends(_evaluationInterval) : 0;
        var both = _evaluationInterval > 0 ? Ends(LeastCommonMultiple(_evaluationInterval, save)) : 0;
        var inside = config.Checkpoints.IterationInterval is > 0 and var interval
            ? (TotalIterations - 1) / interval - (long)epochs * batchesPerEpoch / interval : 0;
        return (evaluations, Ends(save) + both + Math.Max(0, inside));

        // The last epoch of the run counts for every interval.
        long Ends(long interval) => Epochs > epochs ? (Epochs - 1) / interval - Math.Min(epochs, Epochs - 1) / interval + 1 : 0;
    }

    static long LeastCommonMultiple(long a, long b)
    {
        var (high, low) = (a, b);
        while (low > 0) (high, low) = (low, high % low);
        return a / high * b;
    }
}
