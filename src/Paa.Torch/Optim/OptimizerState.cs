namespace Paa.Torch.Optim;

/// <summary>An optimiser's memory in the layout of PyTorch's <c>optimizer.state_dict()</c>.</summary>
/// <param name="State">For each parameter that has been trained, by its index over all groups: tensors by name
/// (<c>momentum_buffer</c>; <c>step</c>, <c>exp_avg</c>, <c>exp_avg_sq</c>).</param>
/// <param name="ParameterGroups">For each group its options under PyTorch's names: <see cref="double"/>, <see cref="long"/>,
/// <see cref="bool"/> or null; <c>params</c> is a <see cref="long"/> array (a list in the file) with the indices of all its parameters,
/// <c>betas</c> a <see cref="double"/> array (a tuple in the file).</param>
public sealed record OptimizerState(
    IReadOnlyDictionary<int, IReadOnlyDictionary<string, Tensor>> State,
    IReadOnlyList<IReadOnlyDictionary<string, object?>> ParameterGroups);
