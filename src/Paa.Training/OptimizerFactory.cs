using Paa.Options;
using Paa.Torch.Nn;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>Creates the optimiser of a configuration.</summary>
/// <remarks>
/// Parameters are in the order of the network's <c>state_dict</c>, which is PyTorch's order of <c>model.parameters()</c>.
/// Frozen ones are in the groups but not updated, so that the state has PyTorch's indices. With <c>paramwise_cfg</c> each
/// parameter has a group of its own, as in mmcv and MMEngine; the rules are those of
/// mmengine/optim/optimizer/default_constructor.py.
/// </remarks>
static class OptimizerFactory
{
    /// <summary>Creates an optimiser over all parameters of a network.</summary>
    /// <param name="options">Kind and hyperparameters.</param>
    /// <param name="parameters">Parameters of the network. Borrowed.</param>
    /// <returns>The optimiser, owned by the caller.</returns>
    public static Optimizer Create(OptimizerOptions options, ParameterStore parameters)
    {
        var groups = Groups(options, parameters);
        return options.Kind switch
        {
            OptimizerKind.SGD => new Sgd(groups, options.Momentum, options.Nesterov),
            OptimizerKind.AdamW => new AdamW(groups, options.Betas[0], options.Betas[1]),
            var unknown => throw new ArgumentOutOfRangeException(nameof(options), unknown, "OptimizerFactory: unknown kind."),
        };
    }

    static ParameterGroup[] Groups(OptimizerOptions options, ParameterStore parameters)
    {
        if (options.Parameterwise is not { } own) return [Group(parameters.Parameters, new ParameterFactors())];
        var rules = new ParameterRules(own, parameters);
        return [.. parameters.Parameters.Select(parameter => Group([parameter], rules.FactorsOf(parameter)))];

        ParameterGroup Group(IEnumerable<Parameter> members, ParameterFactors factors) => new(members)
        {
            LearningRate = options.LearningRate * factors.Rate,
            RateFactor = factors.Rate,
            WeightDecay = options.WeightDecay * factors.Decay,
        };
    }
}

/// <summary>The rules of <c>paramwise_cfg</c> for one network.</summary>
/// <param name="options">The factors.</param>
/// <param name="parameters">Parameters of the network. Borrowed.</param>
sealed class ParameterRules(ParameterwiseOptions options, ParameterStore parameters)
{
    readonly string[] _keys =
    [
        .. options.CustomKeys.Keys.OrderByDescending(key => key.Length).ThenBy(key => key, StringComparer.Ordinal),
    ];

    readonly HashSet<string> _norms = Paths(parameters.Modules.Where(module => module is BatchNorm2d or GroupNorm));

    /// <summary>Layers that predict the offsets of deformable convolutions.</summary>
    readonly HashSet<string> _offsets =
        Paths(parameters.Modules.OfType<ModulatedDeformConv2d>().Select(convolution => convolution.Offsets));

    /// <summary>The factors of a parameter; 1 if it is frozen.</summary>
    public ParameterFactors FactorsOf(Parameter parameter)
    {
        if (!parameter.IsTrainable) return new ParameterFactors();
        var key = _keys.FirstOrDefault(key => parameter.Name.Contains(key, StringComparison.Ordinal));
        return key is null ? ByKind(parameter) : options.CustomKeys[key];
    }

    /// <summary>The factors of a parameter that no key of <c>custom_keys</c> names.</summary>
    ParameterFactors ByKind(Parameter parameter)
    {
        var dot = parameter.Name.LastIndexOf('.');
        var module = parameter.Name[..dot];
        var (isNorm, isOffset) = (_norms.Contains(module), _offsets.Contains(module));
        var isBias = parameter.Name.AsSpan(dot + 1) is "bias" && !isOffset;
        var isFlat = parameter.Tensor.Shape.Length == 1 && !isOffset;
        return new ParameterFactors
        {
            Rate = isOffset ? options.OffsetRateFactor : isBias && !isNorm ? options.BiasRateFactor : 1,
            Decay = (isNorm ? options.NormDecayFactor : null)
                ?? (isBias ? options.BiasDecayFactor : null)
                ?? (isFlat ? options.FlatDecayFactor : null)
                ?? 1,
        };
    }

    static HashSet<string> Paths(IEnumerable<Module> modules) => [.. modules.Select(module => module.Path.Name)];
}
