using Paa.Configuration;
using Paa.Options;
using Paa.Torch.Nn;
using Paa.Torch.Optim;

namespace Paa.Training;

/// <summary>Makes the optimiser of a configuration.</summary>
public static class OptimizerFactory
{
    /// <summary>An optimiser over all parameters of a network, in the order of its <c>state_dict</c>; frozen ones are listed,
    /// not updated.</summary>
    /// <param name="options">Kind and numbers.</param>
    /// <param name="parameters">The network's. Borrowed.</param>
    /// <returns>The caller owns it.</returns>
    public static Optimizer Create(OptimizerOptions options, ParameterStore parameters) => options.Kind switch
    {
        OptimizerKind.SGD => new Sgd(parameters.Parameters, options.LearningRate, options.Momentum, options.WeightDecay),
        OptimizerKind.AdamW => new AdamW(
            [new ParameterGroup(parameters.Parameters) { LearningRate = options.LearningRate, WeightDecay = options.WeightDecay }],
            options.Betas[0], options.Betas[1]),
        var unknown => throw new ArgumentOutOfRangeException(nameof(options), unknown, "OptimizerFactory: unknown kind."),
    };
}
