using Paa.Torch.Nn;

namespace Paa.Torch.Optim;

/// <summary>Parameters that an optimiser treats alike.</summary>
/// <param name="parameters">Weights, frozen ones too: those without a gradient are skipped, but count in the saved state's indices.</param>
public sealed class ParameterGroup(IEnumerable<Parameter> parameters)
{
    /// <summary>The weights, in the order of the saved state.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    /// <summary>Size of a step.</summary>
    public required double LearningRate { get; set; }

    /// <summary>Pull towards zero; what it multiplies depends on the optimiser.</summary>
    public double WeightDecay { get; set; }
}
