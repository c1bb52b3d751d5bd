using System.Globalization;
using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Changes parameters along their gradients. Holds its own memory (momentum and the like) until disposed.</summary>
public abstract class Optimizer : IDisposable
{
    /// <summary>PyTorch's name for a parameter's number of steps: a single number on the CPU, not of the parameter's
    /// shape.</summary>
    private protected const string StepName = "step";

    readonly Dictionary<string, Tensor>[] _memory; // by index over all groups; empty until the parameter has been trained

    /// <summary>Takes the groups; holds nothing yet.</summary>
    /// <param name="groups">At least one.</param>
    protected Optimizer(IReadOnlyList<ParameterGroup> groups)
    {
        if (groups.Count == 0) throw new ArgumentException("An optimiser needs at least one parameter group.", nameof(groups));
        Groups = groups;
        _memory = [.. groups.SelectMany(group => group.Parameters).Select(_ => new Dictionary<string, Tensor>())];
    }

    /// <summary>The parameter groups.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>Learning rate of the first group; setting it sets all groups, each times its factor.</summary>
    public double LearningRate
    {
        get => Groups[0].LearningRate;
        set
        {
            foreach (var group in Groups) group.LearningRate = value * group.RateFactor;
        }
    }

    /// <summary>One step for every parameter that has a gradient. The gradients stay as they are.</summary>
    /// <remarks>Groups with equal options are updated together: MMDetection makes a group of each parameter.</remarks>
    public void Step()
    {
        using var noGrad = new NoGrad();
        foreach (var alike in Places().GroupBy(place => (place.Group.LearningRate, place.Group.WeightDecay)))
        {
            using var scope = new TensorScope();
            var trained = Trained(alike);
            if (trained.Parameters.Length > 0) Update(alike.First().Group, trained);
        }
    }

    /// <summary>Forgets the gradients of all parameters and frees their memory.</summary>
    public void ClearGradients()
    {
        foreach (var parameter in Groups.SelectMany(group => group.Parameters)) parameter.Tensor.ClearGradient();
    }

    /// <summary>The memory and options for a checkpoint.</summary>
    /// <returns>Tensors are borrowed: the next <see cref="Step"/> changes them.</returns>
    public OptimizerState GetState()
    {
        var state = new SortedDictionary<int, IReadOnlyDictionary<string, Tensor>>();
        for (var i = 0; i < _memory.Length; i++)
        {
            if (_memory[i].Count > 0) state.Add(i, _memory[i]);
        }
        var groups = new List<IReadOnlyDictionary<string, object?>>();
        long start = 0;
        foreach (var group in Groups)
        {
            var indices = new long[group.Parameters.Count];
            for (var i = 0; i < indices.Length; i++) indices[i] = start + i;
            groups.Add(new Dictionary<string, object?>(Options(group)) { ["params"] = indices });
            start += indices.Length;
        }
        return new OptimizerState(state, groups);
    }

    /// <summary>Continues from a checkpoint: memory and options become those saved.</summary>
    /// <param name="state">What <see cref="GetState"/> or PyTorch gave for the same parameters. Borrowed: tensors are
    /// copied.</param>
    /// <exception cref="ArgumentException">The state belongs to other groups, or lacks an option.</exception>
    /// <exception cref="ShapeException">A tensor does not fit its parameter.</exception>
    public void SetState(OptimizerState state)
    {
        if (state.ParameterGroups.Count != Groups.Count)
            throw new ArgumentException(
                $"Optimiser state: {Groups.Count} parameter groups needed, got {state.ParameterGroups.Count}.");
        for (var i = 0; i < Groups.Count; i++)
        {
            var count = ((System.Collections.ICollection)state.ParameterGroups[i]["params"]!).Count;
            if (count != Groups[i].Parameters.Count)
                throw new ArgumentException(
                    $"Optimiser state: group {i} has {Groups[i].Parameters.Count} parameters, the state {count}.");
        }
        var memory = CopyMemory(state);
        for (var i = 0; i < Groups.Count; i++) SetOptions(Groups[i], state.ParameterGroups[i]);
        Free();
        memory.CopyTo(_memory, 0);
    }

    /// <summary>Frees the memory; the parameters are not touched.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Parameters with a gradient, side by side with what belongs to them.</summary>
    /// <param name="Parameters">The weights.</param>
    /// <param name="Gradients">Their gradients, not to be changed.</param>
    /// <param name="Memory">Their memory, by PyTorch's names; tensors put here are held (<see cref="Tensor.Hold"/>).</param>
    protected readonly record struct TrainedParameters(
        Tensor[] Parameters, Tensor[] Gradients, Dictionary<string, Tensor>[] Memory)
    {
        /// <summary>One tensor of each parameter's memory.</summary>
        /// <param name="name">PyTorch's name of it.</param>
        public Tensor[] Remembered(string name) => Array.ConvertAll(Memory, memory => memory[name]);
    }

    /// <summary>Changes parameters; called without recording and inside a scope.</summary>
    /// <param name="group">Supplies learning rate and weight decay.</param>
    /// <param name="trained">Parameters of groups with these options that have a gradient; at least one.</param>
    protected abstract void Update(ParameterGroup group, TrainedParameters trained);

    /// <summary>The options of a group under PyTorch's names.</summary>
    /// <param name="group">The group.</param>
    protected abstract IReadOnlyDictionary<string, object?> Options(ParameterGroup group);

    /// <summary>Takes over saved options; the learning rate and weight decay here.</summary>
    /// <param name="group">The group.</param>
    /// <param name="options">What <see cref="Options"/> or PyTorch gave.</param>
    protected virtual void SetOptions(ParameterGroup group, IReadOnlyDictionary<string, object?> options)
    {
        group.LearningRate = Number(options, "lr");
        group.WeightDecay = Number(options, "weight_decay");
    }

    /// <summary>A number among saved options.</summary>
    /// <param name="options">The options.</param>
    /// <param name="name">PyTorch's name.</param>
    /// <exception cref="ArgumentException">It is missing.</exception>
    protected static double Number(IReadOnlyDictionary<string, object?> options, string name) =>
        options.TryGetValue(name, out var value) && value is long or int or double or float
            ? Convert.ToDouble(value, CultureInfo.InvariantCulture)
            : throw new ArgumentException($"Optimiser state: a parameter group has no number {name}.");

    /// <summary>All parameters with their groups and their memory, in the order of the saved state.</summary>
    IEnumerable<(ParameterGroup Group, Tensor Parameter, Dictionary<string, Tensor> Memory)> Places() => Groups
        .SelectMany(group => group.Parameters.Select(parameter => (group, parameter)))
        .Zip(_memory, (place, memory) => (place.group, place.parameter.Tensor, memory));

    static TrainedParameters Trained(IEnumerable<(ParameterGroup, Tensor Parameter, Dictionary<string, Tensor> Memory)> places)
    {
        var parameters = new List<Tensor>();
        var gradients = new List<Tensor>();
        var memories = new List<Dictionary<string, Tensor>>();
        foreach (var (_, parameter, memory) in places)
        {
            if (parameter.Gradient is not { } gradient) continue;
            parameters.Add(parameter);
            gradients.Add(gradient);
            memories.Add(memory);
        }
        return new([.. parameters], [.. gradients], [.. memories]);
    }

    /// <summary>Saved tensors as copies beside their parameters.</summary>
    Dictionary<string, Tensor>[] CopyMemory(OptimizerState state)
    {
        using var noGrad = new NoGrad();
        using var scope = new TensorScope();
        Parameter[] parameters = [.. Groups.SelectMany(group => group.Parameters)];
        var copies = new Dictionary<string, Tensor>[parameters.Length];
        for (var i = 0; i < copies.Length; i++) copies[i] = [];
        foreach (var (index, tensors) in state.State)
        {
            if ((uint)index >= (uint)parameters.Length)
                throw new ArgumentException($"Optimiser state: index {index} is beyond the {parameters.Length} parameters.");
            foreach (var (name, saved) in tensors)
            {
                var parameter = parameters[index].Tensor;
                ShapeException.ThrowIfNotEqual(
                    saved.Shape, name == StepName ? [] : parameter.Shape, $"Optimiser state: {name} of {parameters[index].Name}");
                copies[index][name] = name == StepName ? Tensor.Scalar(saved.ToSingle())
                    : parameter.ZerosLike().CopyInPlace(saved);
            }
        }
        foreach (var copy in copies.SelectMany(memory => memory.Values)) copy.Hold();
        return copies;
    }

    void Free()
    {
        foreach (var memory in _memory)
        {
            foreach (var tensor in memory.Values) tensor.Dispose();
            memory.Clear();
        }
    }
}

/// <summary>Parameters that an optimiser treats alike.</summary>
/// <param name="parameters">Weights, frozen ones too: those without a gradient are skipped, but count in the saved state's
/// indices.</param>
public sealed class ParameterGroup(IEnumerable<Parameter> parameters)
{
    /// <summary>The weights, in the order of the saved state.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    /// <summary>Size of a step, with <see cref="RateFactor"/>.</summary>
    public required double LearningRate { get; set; }

    /// <summary>By what <see cref="Optimizer.LearningRate"/> is multiplied for this group.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>Pull towards zero; what it multiplies depends on the optimiser.</summary>
    public double WeightDecay { get; set; }
}

/// <summary>An optimiser's memory in the layout of PyTorch's <c>optimizer.state_dict()</c>.</summary>
/// <param name="State">For each parameter that has been trained, by its index over all groups: tensors by name
/// (<c>momentum_buffer</c>; <c>step</c>, <c>exp_avg</c>, <c>exp_avg_sq</c>).</param>
/// <param name="ParameterGroups">For each group its options under PyTorch's names: <see cref="double"/>, <see cref="long"/>,
/// <see cref="bool"/> or null; <c>params</c> is a <see cref="long"/> array (a list in the file) with the indices of all its
/// parameters,
/// <c>betas</c> a <see cref="double"/> array (a tuple in the file).</param>
public sealed record OptimizerState(
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, Tensor>> State,
    IReadOnlyList<IReadOnlyDictionary<string, object?>> ParameterGroups);
