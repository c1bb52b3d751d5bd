namespace Paa.Options;

/// <summary>Rules by which weights are averaged, by the names of their classes in MMDetection, mmcv and MMEngine.</summary>
public enum WeightAverageKind
{
    /// <summary>MMEngine: a constant momentum. The average begins with the weights after the first iteration.</summary>
    [ConfigKey("ExponentialMovingAverage")]
    ExponentialMovingAverage,

    /// <summary>MMDetection 3.x: a momentum that falls exponentially from 1 over <c>gamma</c> iterations.</summary>
    [ConfigKey("ExpMomentumEMA")]
    ExpMomentumEma,

    /// <summary>MMEngine: a momentum of gamma / (gamma + steps), but not below <c>momentum</c>.</summary>
    [ConfigKey("MomentumAnnealingEMA")]
    MomentumAnnealingEma,

    /// <summary>MMEngine: the mean of all weights so far (Izmailov et al., UAI 2018).</summary>
    [ConfigKey("StochasticWeightAverage")]
    StochasticWeightAverage,

    /// <summary>
    /// mmcv's hook of MMDetection 2.x: momentum ^ interval, but at first (1 + t) / (gamma + t). The average begins with the
    /// initial weights.
    /// </summary>
    [ConfigKey("EMAHook")]
    EmaHook,

    /// <summary>MMDetection 2.x: as <see cref="EmaHook"/>, with the update at the end of each interval.</summary>
    [ConfigKey("LinearMomentumEMAHook")]
    LinearMomentumEmaHook,

    /// <summary>
    /// MMDetection 2.x: as <see cref="ExpMomentumEma"/>, but the average begins with the initial weights and is updated at the
    /// end of each interval.
    /// </summary>
    [ConfigKey("ExpMomentumEMAHook")]
    ExpMomentumEmaHook,
}

/// <summary>
/// An average of the weights over the iterations (EMA), which is what evaluations and the <c>state_dict</c> of checkpoints have;
/// the weights of the last iteration are beside it, for the continuation.
/// </summary>
public sealed record WeightAverageOptions
{
    /// <summary>The rule.</summary>
    [ConfigKey("type")]
    public WeightAverageKind Kind { get; init; } = WeightAverageKind.ExponentialMovingAverage;

    /// <summary>Share of the new weights in each update; unused by <c>StochasticWeightAverage</c>.</summary>
    public double Momentum { get; init; } = 0.0002;

    /// <summary>
    /// Iterations over which the momentum changes: <c>gamma</c> of 3.x, <c>total_iter</c> or <c>warm_up</c> of 2.x; null for the
    /// default of the rule, 2000 if it is exponential and otherwise 100.
    /// </summary>
    public int? Gamma { get; init; }

    /// <summary>Iterations between updates.</summary>
    public int Interval { get; init; } = 1;

    /// <summary>Whether statistics of batch norm are averaged, too (2.x: the opposite of <c>skip_buffers</c>).</summary>
    [ConfigKey("update_buffers")]
    public bool AveragesBuffers { get; init; }

    /// <summary>Iteration (1-based) before which the average is a copy of the weights; only for the rules of 3.x.</summary>
    [ConfigKey("begin_iter")]
    public int FirstIteration { get; init; }

    /// <summary>Epoch (1-based) before which the average is a copy of the weights; only for the rules of 3.x.</summary>
    [ConfigKey("begin_epoch")]
    public int FirstEpoch { get; init; }
}
