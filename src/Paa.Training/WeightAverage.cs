using Paa.Checkpoints;
using Paa.Options;
using Paa.Torch;
using Paa.Torch.Nn;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>The average of a network's weights over the iterations of a run (EMA).</summary>
/// <remarks>
/// The rules are those of mmdet/core/hook/ema.py and mmcv/runner/hooks/ema.py (2.x), of mmengine/model/averaged_model.py and
/// mmdet/models/layers/ema.py (3.x). Frozen weights do not change, so only trained ones are kept twice. The hooks look at each
/// iteration, also at one that made no update; so does this. Processes that train together have equal weights and so equal
/// averages.
/// </remarks>
/// <param name="options">The rule.</param>
/// <param name="detector">The network. Borrowed.</param>
sealed class WeightAverage(WeightAverageOptions options, TorchDetector detector) : IDisposable
{
    (Parameter Weight, Tensor Average)[] _pairs = [];

    /// <summary>The rule; a plan may move its begin.</summary>
    public WeightAverageOptions Options { get; set; } = options;

    /// <summary>Iterations since the average began; MMEngine's <c>steps</c>.</summary>
    public long Steps { get; private set; }

    /// <summary>Whether there is an average: after <see cref="Begin"/>.</summary>
    public bool HasBegun => _pairs.Length > 0;

    /// <summary>The share of the new weights in an update; 0 for an iteration without one, 1 for a copy.</summary>
    /// <param name="options">The rule.</param>
    /// <param name="step">
    /// 0-based iteration: since the average began for the rules of 3.x, of the whole run for those of 2.x.
    /// </param>
    public static double Share(WeightAverageOptions options, long step)
    {
        var isLate = options.Kind is WeightAverageKind.LinearMomentumEmaHook or WeightAverageKind.ExpMomentumEmaHook;
        if ((isLate ? step + 1 : step) % options.Interval != 0) return 0;
        if (step == 0 && !IsOfHooks(options)) return 1;
        var momentum = options.Momentum;
        double gamma = options.Gamma ?? (IsExponential(options) ? 2000 : 100);
        return options.Kind switch
        {
            WeightAverageKind.ExponentialMovingAverage => momentum,
            WeightAverageKind.MomentumAnnealingEma => Math.Max(momentum, gamma / (gamma + step)),
            WeightAverageKind.StochasticWeightAverage => 1.0 / (step / options.Interval + 1),
            WeightAverageKind.ExpMomentumEma or WeightAverageKind.ExpMomentumEmaHook =>
                (1 - momentum) * Math.Exp(-(1 + step) / gamma) + momentum,
            WeightAverageKind.EmaHook or WeightAverageKind.LinearMomentumEmaHook =>
                Math.Min(Math.Pow(momentum, options.Interval), (1 + step) / (gamma + step)),
            var unknown => throw new ArgumentOutOfRangeException(nameof(options), unknown, "WeightAverage: unknown rule."),
        };
    }

    /// <summary>Begins with a copy of the present weights.</summary>
    /// <param name="steps">Iterations that the average has behind it; 0 for a new one.</param>
    public void Begin(long steps = 0)
    {
        using var noGrad = new NoGrad();
        Dispose();
        Steps = steps;
        _pairs =
        [
            .. detector.Parameters.Entries.Where(IsAveraged).Select(weight => (weight, weight.Tensor.Clone().Hold())),
        ];
    }

    /// <summary>Takes over a saved average.</summary>
    /// <param name="average">Of the same network; others of its tensors are not read.</param>
    /// <param name="steps">Iterations that it has behind it.</param>
    public void Restore(StateDict average, long steps)
    {
        Begin(steps);
        foreach (var (weight, tensor) in _pairs)
            if (average.TryGetValue(weight.Name, out var saved)) saved.CopyTo(tensor);
    }

    /// <summary>Takes the weights into the average. Call it after each iteration.</summary>
    /// <param name="before">The position before that iteration.</param>
    public void Update(TrainingPosition before)
    {
        using var noGrad = new NoGrad();
        var options = Options;
        var isBefore = options.FirstEpoch > 0
            ? before.Epoch + 1 < options.FirstEpoch
            : before.Iteration + 1 < options.FirstIteration;
        var share = isBefore ? 1 : Share(options, IsOfHooks(options) ? before.Iteration : Steps);
        if (!isBefore) Steps++;
        if (share == 0) return;
        foreach (var (weight, average) in _pairs)
        {
            if (share == 1) average.CopyInPlace(weight.Tensor);
            else average.LerpInPlace(weight.Tensor, share);
        }
    }

    /// <summary>Runs something with the average in the network instead of the weights.</summary>
    public T Use<T>(Func<T> run)
    {
        Exchange();
        try
        {
            return run();
        }
        finally
        {
            Exchange();
        }
    }

    /// <summary>A state dict of the network with the average in place of the weights.</summary>
    /// <param name="weights">The state dict with the weights.</param>
    public StateDict In(StateDict weights)
    {
        var averages = _pairs.ToDictionary(pair => pair.Weight.Name, pair => pair.Average);
        var result = new StateDict();
        foreach (var (name, tensor) in weights)
            result.Add(name, averages.TryGetValue(name, out var average) ? average.ToStored() : tensor);
        return result;
    }

    /// <summary>Frees the average.</summary>
    public void Dispose()
    {
        foreach (var (_, average) in _pairs) average.Dispose();
        _pairs = [];
    }

    bool IsAveraged(Parameter entry) =>
        entry.IsTrainable || (Options.AveragesBuffers && entry.IsBuffer && entry.Tensor.Type == ScalarType.Float32);

    void Exchange()
    {
        using var noGrad = new NoGrad();
        foreach (var (weight, average) in _pairs)
        {
            using var copy = weight.Tensor.Clone();
            weight.Tensor.CopyInPlace(average);
            average.CopyInPlace(copy);
        }
    }

    static bool IsOfHooks(WeightAverageOptions options) => options.Kind >= WeightAverageKind.EmaHook;

    static bool IsExponential(WeightAverageOptions options) =>
        options.Kind is WeightAverageKind.ExpMomentumEma or WeightAverageKind.ExpMomentumEmaHook;
}
