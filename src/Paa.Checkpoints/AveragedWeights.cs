namespace Paa.Checkpoints;

/// <summary>The second set of weights that training with an exponential moving average leaves in a checkpoint.</summary>
/// <remarks>
/// mmcv's <c>EMAHook</c> stores buffers <c>ema_backbone_conv1_weight</c> in the state dict; MMEngine, timm and others store a
/// dict beside it. OpenMMLab's hooks exchange the two sets before they save: there the state dict has the averages, and this set
/// has the weights of the last iteration.
/// </remarks>
static class AveragedWeights
{
    /// <summary>Start of a buffer's name in the state dict; then the parameter's name with <c>_</c> for each dot.</summary>
    public const string BufferPrefix = "ema_";

    const string ParallelPrefix = "module.";

    static readonly string[] Wrappers = ["ema_state_dict", "state_dict_ema", "model_ema", "ema"];

    /// <summary>The state dict with each tensor replaced by its copy in the second set, where that has one.</summary>
    /// <param name="current">The state dict. Borrowed.</param>
    /// <param name="root">The whole object of the file.</param>
    /// <param name="tensors">The state dict as it stands in the file, with the buffers.</param>
    /// <exception cref="CheckpointException">There is no second set.</exception>
    public static StateDict Replace(StateDict current, PickleDict root, PickleDict tensors)
    {
        var copies = Copies(root, tensors);
        var result = new StateDict { Meta = current.Meta, Attributes = current.Attributes };
        var count = 0;
        foreach (var (name, tensor) in current)
        {
            var copy = copies.GetValueOrDefault(name) ?? copies.GetValueOrDefault(BufferPrefix + name.Replace('.', '_'));
            if (copy is not null && ++count > 0 && !copy.Shape.AsSpan().SequenceEqual(tensor.Shape))
                throw new CheckpointException($"has an average of '{name}' of another shape: {copy} for {tensor}.");
            result.Add(name, copy ?? tensor);
        }
        return count > 0 ? result : throw new CheckpointException(
            $"has no averaged weights: no {BufferPrefix}* in its state dict and none of "
            + $"{string.Join(", ", Wrappers)} beside it.");
    }

    static Dictionary<string, StoredTensor> Copies(PickleDict root, PickleDict tensors)
    {
        var copies = new Dictionary<string, StoredTensor>(StringComparer.Ordinal);
        foreach (var (key, value) in tensors)
            if (Name(key) is { } name && name.StartsWith(BufferPrefix, StringComparison.Ordinal) && value is StoredTensor tensor)
                copies[name] = tensor;
        foreach (var wrapper in Wrappers)
        {
            if (!root.TryGet<PickleDict>(wrapper, out var second)) continue;
            foreach (var (key, value) in second)
                if (Name(key) is { } name && value is StoredTensor tensor) copies[name] = tensor;
        }
        return copies;
    }

    static string? Name(object key) =>
        key is string text && text.StartsWith(ParallelPrefix, StringComparison.Ordinal)
            ? text[ParallelPrefix.Length..] : key as string;
}
