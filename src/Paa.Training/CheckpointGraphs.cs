using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Torch;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>Converts the state of an optimiser to and from the form of <c>optimizer.state_dict()</c> in a checkpoint.</summary>
static class OptimizerGraph
{
    /// <summary>Copies the state to the host.</summary>
    /// <param name="state">State of the optimiser. Borrowed.</param>
    /// <param name="initialRates">For each group the rate before warm-up and decay, which MMDetection reads as
    /// <c>initial_lr</c>.</param>
    public static PickleDict Write(OptimizerState state, IEnumerable<double> initialRates)
    {
        var memory = new PickleDict();
        foreach (var (index, tensors) in state.State)
        {
            var entry = new PickleDict();
            foreach (var (name, tensor) in tensors) entry.Add(name, tensor.ToStored());
            memory.Add((long)index, entry);
        }
        var groups = new List<object?>();
        foreach (var (options, initialRate) in state.ParameterGroups.Zip(initialRates))
        {
            var group = new PickleDict();
            foreach (var (name, value) in options) group.Add(name, value is double[] pair ? new PickleTuple([.. pair]) : value);
            group["initial_lr"] = initialRate;
            groups.Add(group);
        }
        return new PickleDict { { "state", memory }, { "param_groups", groups } };
    }

    /// <summary>Reads a state that this project, PyTorch or MMDetection wrote.</summary>
    /// <param name="graph">The dictionary of the checkpoint.</param>
    /// <returns>The state. Its tensors belong to the current scope, or else to the caller.</returns>
    /// <exception cref="TrainingException">The dictionary is not that of an optimiser.</exception>
    public static OptimizerState Read(PickleDict graph)
    {
        if (!graph.TryGet<PickleDict>("state", out var memory) || !graph.TryGet<List<object?>>("param_groups", out var groups))
            throw new TrainingException("'optimizer' has no 'state' and 'param_groups'.");
        var state = new SortedDictionary<int, IReadOnlyDictionary<string, Tensor>>();
        foreach (var (index, value) in memory)
        {
            if (index is not long number || value is not PickleDict entry) continue;
            if (number is < 0 or > int.MaxValue) throw new TrainingException($"'state' has an entry of number {number}.");
            state.Add((int)number, entry.Where(item => item is { Key: string, Value: StoredTensor or long })
                .ToDictionary(item => (string)item.Key, item => ToTensor(item.Value!)));
        }
        return new OptimizerState(state, [.. groups.OfType<PickleDict>().Select(Options)]);
    }

    /// <summary>Converts a value; AdamW's <c>step</c> is a plain number in files written before PyTorch 1.12.</summary>
    static Tensor ToTensor(object value) => value is StoredTensor tensor ? tensor.ToTensor() : Tensor.Scalar((long)value);

    static Dictionary<string, object?> Options(PickleDict group)
    {
        var options = new Dictionary<string, object?>();
        foreach (var (name, value) in group.Where(item => item.Key is string))
            options[(string)name] = (name, value) switch
            {
                ("params", IEnumerable<object?> indices) => indices.OfType<long>().ToArray(),
                ("betas", IEnumerable<object?> betas) => betas.OfType<double>().ToArray(),
                _ => value,
            };
        if (options.GetValueOrDefault("params") is not long[])
            throw new TrainingException("a group of 'param_groups' has no 'params'.");
        return options;
    }
}

/// <summary>
/// The second set of weights of a run with an average (EMA), in the layout of MMEngine's <c>EMAHook</c>: the state dict has the
/// average, so that every program predicts with it, and <c>ema_state_dict</c> has the weights of the last iteration.
/// </summary>
static class AverageGraph
{
    /// <summary>Key of the second set beside the state dict.</summary>
    public const string Key = "ema_state_dict";

    const string Prefix = "module.";        // MMEngine's averaged model has the network under this name
    const string StepsName = "steps";

    /// <summary>Writes the weights of the last iteration.</summary>
    /// <param name="weights">Weights and buffers by name.</param>
    /// <param name="steps">Iterations that the average has behind it.</param>
    public static PickleDict Write(StateDict weights, long steps)
    {
        var graph = new PickleDict { IsOrderedDict = true };
        graph.Add(StepsName, StoredTensor.From<long>([steps]));
        foreach (var (name, tensor) in weights) graph.Add(Prefix + name, tensor);
        return graph;
    }

    /// <summary>Reads both sets of a checkpoint of this project, or of MMDetection 2.x or 3.x.</summary>
    /// <remarks>
    /// The hooks of 2.x keep the second set as buffers <c>ema_*</c>, and exchange the sets at the end of an epoch. A checkpoint
    /// inside of one, <c>iter_N.pth</c>, has them the other way round.
    /// </remarks>
    /// <param name="root">The checkpoint.</param>
    /// <param name="path">Its file.</param>
    /// <returns>The weights of the last iteration, and the average; null without one.</returns>
    public static (StateDict Weights, StateDict? Average) Read(PickleDict root, string path)
    {
        var first = StateDict.FromGraph(root);
        var isBeside = root.TryGet<PickleDict>(Key, out _);
        if (!isBeside && !first.Ignored.Any(name => name.StartsWith("ema_", StringComparison.Ordinal))) return (first, null);
        var second = StateDict.FromGraph(root, average: true);
        var isInsideEpoch = Path.GetFileName(path).StartsWith("iter_", StringComparison.Ordinal);
        return !isBeside && isInsideEpoch ? (first, second) : (second, first);
    }

    /// <summary>Iterations that the average has behind it; null if the file does not say.</summary>
    /// <param name="root">The checkpoint.</param>
    public static long? ReadSteps(PickleDict root)
    {
        if (!root.TryGet<PickleDict>(Key, out var second) || !second.TryGet<StoredTensor>(StepsName, out var steps)) return null;
        if (steps is not { Type: ScalarType.Int64, Shape: [] or [1] }) return null;
        return Math.Max(0, steps.ToArray<long>()[0]);
    }
}

/// <summary>
/// The loss scale in a checkpoint, at mmcv's place (<c>meta['fp16']['loss_scaler']</c>) and with the fields of PyTorch's
/// <c>GradScaler.state_dict()</c>.
/// </summary>
static class LossScalerGraph
{
    /// <summary>
    /// Adds the state to a checkpoint's <c>meta</c>; values that only this project uses go to its own part of it.
    /// </summary>
    /// <param name="state">State of the loss scale.</param>
    /// <param name="meta">The checkpoint's <c>meta</c>.</param>
    /// <param name="own">This project's part of it.</param>
    public static void Write(LossScalerState state, PickleDict meta, PaaMeta own)
    {
        var scaler = new PickleDict
        {
            { "scale", (double)state.Scale },
            { "growth_factor", state.GrowthFactor },
            { "backoff_factor", state.BackoffFactor },
            { "growth_interval", (long)state.GrowthInterval },
            { "_growth_tracker", (long)state.GrowthTracker },
        };
        meta["fp16"] = new PickleDict { { "loss_scaler", scaler } };
        own.SkippedUpdates = state.SkippedInARow;
    }

    /// <summary>
    /// Finds the state in a checkpoint of this project, of mmcv, or of mmengine, which keeps it with the state of the optimiser.
    /// </summary>
    /// <param name="root">The checkpoint.</param>
    /// <param name="meta">The checkpoint's <c>meta</c>.</param>
    /// <param name="own">This project's part of it.</param>
    /// <returns>The state; null if there is none.</returns>
    public static LossScalerState? Read(PickleDict root, PickleDict meta, PaaMeta own)
    {
        var holder = meta.TryGet<PickleDict>("fp16", out var fp16) ? fp16
            : root.TryGet<PickleDict>("optimizer", out var optimizer) ? optimizer
            : null;
        if (holder is null || !holder.TryGet<PickleDict>("loss_scaler", out var state)) return null;
        if (!state.TryGet<double>("scale", out var scale) || !(scale is > 0 and <= float.MaxValue)) return null;
        var tracker = state.TryGet<long>("_growth_tracker", out var sound) ? sound : 0;
        var skipped = own.SkippedUpdates ?? 0;
        return new LossScalerState((float)scale, Clamp(tracker), Clamp(skipped));

        static int Clamp(long count) => (int)Math.Clamp(count, 0, int.MaxValue);
    }
}
