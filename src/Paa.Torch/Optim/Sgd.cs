using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Stochastic gradient descent with momentum and weight decay, step for step as torch.optim.SGD.</summary>
/// <remarks>g = gradient + decay * w; v = momentum * v + g (at first v = g); w = w - lr * v. Sutskever et al., ICML 2013, with
/// the learning rate outside of v, as PyTorch has it.</remarks>
public sealed class Sgd : Optimizer
{
    const string BufferName = "momentum_buffer";

    double _momentum;

    /// <summary>Optimises groups with options of their own.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="momentum">Share of the last step's direction that stays.</param>
    public Sgd(IReadOnlyList<ParameterGroup> groups, double momentum = 0) : base(groups) => _momentum = momentum;

    /// <summary>Optimises parameters that are treated alike.</summary>
    /// <param name="parameters">Weights, frozen ones too.</param>
    /// <param name="learningRate">Size of a step.</param>
    /// <param name="momentum">Share of the last step's direction that stays.</param>
    /// <param name="weightDecay">Multiple of the weight that is added to its gradient.</param>
    public Sgd(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double weightDecay = 0)
        : this([new ParameterGroup(parameters) { LearningRate = learningRate, WeightDecay = weightDecay }], momentum)
    {
    }

    /// <inheritdoc/>
    protected override void Update(ParameterGroup group, TrainedParameters trained)
    {
        var direction = trained.Gradients;
        if (group.WeightDecay != 0) direction = Aten.ForeachAdd.InvokeMany(direction, trained.Parameters, group.WeightDecay);
        if (_momentum != 0) direction = Accumulate(direction, trained.Memory);
        Aten.ForeachAddInPlace.Run(trained.Parameters, direction, -group.LearningRate);
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, object?> Options(ParameterGroup group) => new Dictionary<string, object?>
    {
        ["lr"] = group.LearningRate,
        ["momentum"] = _momentum,
        ["dampening"] = 0L,
        ["weight_decay"] = group.WeightDecay,
        ["nesterov"] = false,
        ["maximize"] = false,
        ["foreach"] = null,
        ["differentiable"] = false,
    };

    /// <inheritdoc/>
    protected override void SetOptions(ParameterGroup group, IReadOnlyDictionary<string, object?> options)
    {
        base.SetOptions(group, options);
        _momentum = Number(options, "momentum");
    }

    Tensor[] Accumulate(Tensor[] direction, Dictionary<string, Tensor>[] memory)
    {
        var buffers = new Tensor[memory.Length];
        var (known, added) = (new List<Tensor>(), new List<Tensor>());
        for (var i = 0; i < memory.Length; i++)
        {
            if (memory[i].TryGetValue(BufferName, out var buffer))
            {
                known.Add(buffer);
                added.Add(direction[i]);
            }
            else
            {
                memory[i].Add(BufferName, buffer = direction[i].Clone().Hold());
            }
            buffers[i] = buffer;
        }
        if (known.Count > 0)
        {
            Tensor[] remembered = [.. known];
            Aten.ForeachMultiplyScalarInPlace.Run(remembered, _momentum);
            Aten.ForeachAddInPlace.Run(remembered, added.ToArray());
        }
        return buffers;
    }
}
