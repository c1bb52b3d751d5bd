using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Stochastic gradient descent with momentum and weight decay, step for step as torch.optim.SGD.</summary>
/// <remarks>
/// g = gradient + decay * w; v = momentum * v + g (at first v = g); w = w - lr * v, or, with Nesterov's momentum,
/// w = w - lr * (g + momentum * v). Sutskever et al., ICML 2013, with the learning rate outside of v, as PyTorch has it.
/// </remarks>
public sealed class Sgd : Optimizer
{
    const string BufferName = "momentum_buffer";

    double _momentum;
    bool _nesterov;

    /// <summary>Optimises groups with options of their own.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="momentum">Share of the last step's direction that stays.</param>
    /// <param name="nesterov">Whether a step looks ahead along the momentum, which must be above 0.</param>
    public Sgd(IReadOnlyList<ParameterGroup> groups, double momentum = 0, bool nesterov = false) : base(groups)
    {
        if (nesterov && momentum <= 0)
            throw new ArgumentException("SGD: Nesterov's momentum needs a momentum above 0.", nameof(momentum));
        (_momentum, _nesterov) = (momentum, nesterov);
    }

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
        if (_momentum != 0)
        {
            var momenta = Accumulate(direction, trained.Memory);
            direction = _nesterov ? Aten.ForeachAdd.InvokeMany(direction, momenta, _momentum) : momenta;
        }
        Aten.ForeachAddInPlace.Run(trained.Parameters, direction, -group.LearningRate);
    }

    /// <inheritdoc/>
    protected override IReadOnlyDictionary<string, object?> Options(ParameterGroup group) => new Dictionary<string, object?>
    {
        ["lr"] = group.LearningRate,
        ["momentum"] = _momentum,
        ["dampening"] = 0L,
        ["weight_decay"] = group.WeightDecay,
        ["nesterov"] = _nesterov,
        ["maximize"] = false,
        ["foreach"] = null,
        ["differentiable"] = false,
    };

    /// <inheritdoc/>
    protected override void SetOptions(ParameterGroup group, IReadOnlyDictionary<string, object?> options)
    {
        base.SetOptions(group, options);
        _momentum = Number(options, "momentum");
        _nesterov = options.GetValueOrDefault("nesterov") is true;
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
