using Paa.Torch;
using Paa.Checkpoints;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>The state of an optimiser as <c>optimizer.state_dict()</c> lies in a checkpoint, and back.</summary>
static class OptimizerGraph
{
    /// <summary>Copies the state to the host.</summary>
    /// <param name="state">Of the optimiser. Borrowed.</param>
    /// <param name="initialRate">The rate before warm-up and decay, under the name by which MMDetection finds it.</param>
    public static PickleDict Write(OptimizerState state, double initialRate)
    {
        var memory = new PickleDict();
        foreach (var (index, tensors) in state.State)
        {
            var entry = new PickleDict();
            foreach (var (name, tensor) in tensors) entry.Add(name, tensor.ToStored());
            memory.Add((long)index, entry);
        }
        var groups = new List<object?>();
        foreach (var options in state.ParameterGroups)
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
    /// <returns>Its tensors belong to the current scope, or the caller.</returns>
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

    /// <summary>The <c>step</c> of AdamW is a plain number in files before PyTorch 1.12.</summary>
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
