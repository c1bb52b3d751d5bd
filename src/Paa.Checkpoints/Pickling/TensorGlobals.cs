namespace Paa.Checkpoints.Pickling;

/// <summary>Tensors and their descriptions that pickles make by a call.</summary>
static class TensorGlobals
{
    /// <summary><c>_rebuild_tensor[_v2](storage, offset, size, stride[, requires_grad, hooks, ...])</c>; hooks are
    /// ignored.</summary>
    public static StoredTensor RebuildTensor(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count < 4 || arguments[0] is not StorageView view || arguments[1] is not long offset
            || arguments[2] is not PickleTuple size || arguments[3] is not PickleTuple stride)
            throw new CheckpointException("describes a tensor wrongly; the file is damaged.");
        var (shape, strides) = (Longs(size), Longs(stride));
        if (view.Count < view.Storage.Count) CheckPart(view, shape, strides, offset);
        return new StoredTensor(view.Storage, shape, strides, checked(view.Start + offset))
        {
            RequiresGrad = arguments.Count > 4 && arguments[4] is true,
        };
    }

    /// <summary><c>_rebuild_parameter(tensor, requires_grad, hooks)</c>.</summary>
    public static StoredTensor RebuildParameter(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count < 2 || arguments[0] is not StoredTensor tensor || arguments[1] is not bool requiresGrad)
            throw new CheckpointException("describes a parameter wrongly; the file is damaged.");
        return new StoredTensor(tensor.Storage, tensor.Shape, tensor.Strides, tensor.Offset)
        {
            RequiresGrad = requiresGrad,
            IsParameter = true,
        };
    }

    /// <summary><c>torch.Size((2, 3))</c>: the tuple.</summary>
    public static PickleTuple Size(PickleTuple arguments, PickleBudget budget) =>
        arguments.Count == 1 && arguments[0] is PickleTuple sizes ? sizes
            : throw new CheckpointException("has a wrong torch.Size.");

    /// <summary><c>torch.device('cuda', 0)</c>: the text <c>cuda:0</c>.</summary>
    public static string Device(PickleTuple arguments, PickleBudget budget) => arguments switch
    {
        { Count: 1 } when arguments[0] is string type => type,
        { Count: 2 } when arguments[0] is string { Length: < 32 } type && arguments[1] is long index => $"{type}:{index}",
        _ => throw new CheckpointException("has a wrong torch.device."),
    };

    static void CheckPart(StorageView view, long[] shape, long[] strides, long offset) =>
        _ = new StoredTensor(new Storage(view.Storage.Type, view.Count), shape, strides, offset);

    static long[] Longs(PickleTuple items)
    {
        if (items.Count > StoredTensor.MaxRank)
            throw new CheckpointException($"a tensor has {items.Count} axes; at most {StoredTensor.MaxRank} are read.");
        return [.. items.Select(item => item is long size ? size
            : throw new CheckpointException("a tensor has a size that is no number."))];
    }
}
