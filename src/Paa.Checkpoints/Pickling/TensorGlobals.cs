namespace Paa.Checkpoints.Pickling;

/// <summary>Tensors and their descriptions that pickles make by a call.</summary>
static class TensorGlobals
{
    /// <summary>The one way of quantising that is read: a scale for each index of an axis.</summary>
    public const string PerChannel = "torch.per_channel_affine";

    /// <summary><c>_rebuild_tensor[_v2](storage, offset, size, stride[, requires_grad, hooks, ...])</c>; hooks are
    /// ignored.</summary>
    public static StoredTensor RebuildTensor(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count < 4 || arguments[0] is not StorageView { Storage.Type: not ScalarType.QInt8 } view
            || arguments[1] is not long offset || arguments[2] is not PickleTuple size || arguments[3] is not PickleTuple stride)
            throw new CheckpointException("describes a tensor wrongly; the file is damaged.");
        var (shape, strides) = (Longs(size), Longs(stride));
        if (view.Count < view.Storage.Count) CheckPart(view, shape, strides, offset);
        return new StoredTensor(view.Storage, shape, strides, checked(view.Start + offset))
        {
            RequiresGrad = arguments.Count > 4 && arguments[4] is true,
        };
    }

    /// <summary><c>_rebuild_qtensor(storage, offset, size, stride, (scheme, scales, zero_points, axis), ...)</c> for 8-bit
    /// integers with a scale for each index of axis 0 and no zero points.</summary>
    public static StoredTensor RebuildQuantized(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count < 5 || arguments[0] is not StorageView view || arguments[1] is not long offset
            || arguments[2] is not PickleTuple size || arguments[3] is not PickleTuple stride
            || view.Count < view.Storage.Count)
            throw new CheckpointException("describes a quantised tensor wrongly; the file is damaged.");
        if (arguments[4] is not PickleTuple { Count: 4 } quantizer || quantizer[0] is not PickleGlobal { Name: PerChannel }
            || quantizer[1] is not StoredTensor scales || quantizer[2] is not StoredTensor zeroPoints || quantizer[3] is not 0L
            || zeroPoints.Type != ScalarType.Int64 || zeroPoints.Shape.Length != 1 || zeroPoints.Count != scales.Count)
            throw new CheckpointException("has a tensor that is quantised in a way that is not read: 8-bit integers per channel "
                + "of axis 0 are. Save it with .dequantize().");
        var tensor = new StoredTensor(view.Storage, scales, Longs(size), Longs(stride), offset);
        budget.SpendBytes((scales.Count + zeroPoints.Count) * sizeof(long));
        budget.CheckLater(() =>
        {
            tensor.CheckScales();
            if (zeroPoints.ToArray<long>().AsSpan().ContainsAnyExcept(0))
                throw new CheckpointException("has a quantised tensor whose zero points are not 0, which is not read. "
                    + "Save it with .dequantize().");
        });
        return tensor;
    }

    /// <summary><c>_rebuild_parameter(tensor, requires_grad, hooks)</c>.</summary>
    public static StoredTensor RebuildParameter(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count < 2 || arguments[0] is not StoredTensor { IsQuantized: false } tensor
            || arguments[1] is not bool requiresGrad)
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

/// <summary>What a persistent id stands for: a storage, or (in files of 2017) a part of one.</summary>
/// <param name="Storage">The whole storage.</param>
/// <param name="Start">First element.</param>
/// <param name="Count">Number of elements.</param>
sealed record StorageView(Storage Storage, long Start, long Count);

/// <summary>The storages a pickle refers to, by key. They get their elements after the pickle.</summary>
/// <param name="fileLength">Length of the file; a storage cannot be longer unless it is compressed.</param>
sealed class StorageTable(long fileLength)
{
    /// <summary>Bytes that all storages together may take: a file of zeros that was compressed once more is still read.</summary>
    readonly long _limit = Math.Max(64L << 20, 32 * fileLength);

    readonly Dictionary<string, Storage> _storages = [];
    long _total;

    /// <summary>Keys and storages in the order of their first use.</summary>
    public IReadOnlyDictionary<string, Storage> Storages => _storages;

    /// <summary>The storage of <c>('storage', class, key, location, count[, view])</c>; where it lay (<c>cuda:0</c>) does not
    /// matter.</summary>
    public StorageView Resolve(PickleTuple id)
    {
        if (id.Count < 5 || id[0] is not "storage" || id[1] is not PickleGlobal { StorageType: { } type }
            || id[2] is not string { Length: <= 64 } key || id[4] is not long count)
            throw new CheckpointException("describes a storage wrongly; the file is damaged.");
        if (!_storages.TryGetValue(key, out var storage)) _storages.Add(key, storage = Create(type, key, count));
        else if (storage.Type != type || storage.Count != count)
            throw new CheckpointException($"describes storage '{key}' in two different ways; the file is damaged.");
        return id.Count > 5 && id[5] is PickleTuple view ? Part(storage, view) : new StorageView(storage, 0, count);
    }

    Storage Create(ScalarType type, string key, long count)
    {
        if (count < 0 || count > Array.MaxLength / type.Size())
            throw new CheckpointException($"declares {count} elements for storage '{key}'; up to 2 GB a storage are read.");
        _total += count * type.Size();
        if (_total > _limit)
            throw new CheckpointException(
                $"declares tensors of more than {_total} bytes in a file of {fileLength}; it is damaged.");
        return new Storage(type, count);
    }

    static StorageView Part(Storage storage, PickleTuple view) =>
        view.Count == 3 && view[1] is long start and >= 0 && view[2] is long count and >= 0 && start <= storage.Count - count
            ? new StorageView(storage, start, count)
            : throw new CheckpointException("describes a part of a storage wrongly; the file is damaged.");
}
