using System.Collections.Frozen;

namespace Paa.Checkpoints.Pickling;

/// <summary>The globals a checkpoint may name. Everything else is refused by name.</summary>
static class PickleGlobals
{
    static readonly FrozenDictionary<string, object> Allowed = Dtypes().Concat(List().Concat(OpaqueGlobals.List())
        .Select(global => KeyValuePair.Create(global.Name, (object)global))).ToFrozenDictionary();

    /// <summary>The meaning of a global: a <see cref="PickleGlobal"/>, or a <see cref="ScalarType"/> for a dtype.</summary>
    /// <exception cref="CheckpointException">The global is not one that a checkpoint may name.</exception>
    public static object Find(string module, string name)
    {
        var full = $"{Modernise(module)}.{name}";
        return Allowed.TryGetValue(full, out var global) ? global : throw new CheckpointException(
            $"asks for the Python object '{full}', which is refused: a checkpoint may hold tensors and plain data only. "
            + "If you trust the file, load it in PyTorch and save its state_dict alone.");
    }

    static string Modernise(string module) => module switch
    {
        "__builtin__" => "builtins",                                    // the name in Python 2, which protocol 2 keeps
        "numpy._core.multiarray" => "numpy.core.multiarray",            // NumPy 2
        "numpy._core.numeric" => "numpy.core.numeric",
        _ => module,
    };

    static IEnumerable<KeyValuePair<string, object>> Dtypes() =>
        ScalarTypeNames.All.Select(row => KeyValuePair.Create($"torch.{row.Dtype}", (object)row.Type));

    static IEnumerable<PickleGlobal> List()
    {
        foreach (var row in ScalarTypeNames.All) yield return new($"torch.{row.Storage}", null, row.Type);
        yield return new($"torch.{ScalarTypeNames.QuantizedStorage}", null, ScalarType.QInt8);
        yield return new(TensorGlobals.PerChannel, null);
        yield return new("torch._utils._rebuild_qtensor", TensorGlobals.RebuildQuantized);
        yield return new("torch._utils._rebuild_tensor", TensorGlobals.RebuildTensor);
        yield return new("torch._utils._rebuild_tensor_v2", TensorGlobals.RebuildTensor);
        yield return new("torch._utils._rebuild_parameter", TensorGlobals.RebuildParameter);
        yield return new("torch._utils._rebuild_parameter_with_state", TensorGlobals.RebuildParameter);
        yield return new("torch.Size", TensorGlobals.Size);
        yield return new("torch.device", TensorGlobals.Device);
        yield return new("collections.OrderedDict", PlainGlobals.OrderedDict);
        yield return new("collections.Counter", PlainGlobals.Counter);
        yield return new("builtins.set", PlainGlobals.Set);
        yield return new("builtins.frozenset", PlainGlobals.Set);
        yield return new("builtins.bytes", PlainGlobals.Bytes);
        yield return new("builtins.bytearray", PlainGlobals.Bytes);
        yield return new("_codecs.encode", PlainGlobals.Bytes);
        yield return new("numpy.dtype", NumpyType.Create);
        yield return new("numpy.core.multiarray.scalar", NumpyType.Scalar);
        yield return new("numpy.core.multiarray._reconstruct", NumpyGlobals.Reconstruct);
        yield return new("numpy.core.numeric._frombuffer", NumpyGlobals.FromBuffer);
        yield return new("torch.storage._load_from_bytes", LegacyCheckpoint.ReadStorage);
    }
}

/// <summary>A class or function of Python that a pickle may name, as what it means here. No code of the file's choice
/// runs.</summary>
/// <param name="Name">Module and name, with a dot.</param>
/// <param name="Call">Makes the value from the arguments; null if the global cannot be called. The budget bounds what is
/// copied.</param>
/// <param name="StorageType">Element type, if the global is one of PyTorch's storage classes.</param>
sealed record PickleGlobal(string Name, Func<PickleTuple, PickleBudget, object?>? Call, ScalarType? StorageType = null);

/// <summary>Classes that stand for data nobody needs for a detector: MMDetection 3.x stores the history of its losses beside the
/// weights.</summary>
/// <remarks>They are known by name like all others. Nothing of an object is kept but its name; its state is dropped.</remarks>
static class OpaqueGlobals
{
    /// <summary>The globals.</summary>
    public static IEnumerable<PickleGlobal> List()
    {
        yield return Class("mmengine.logging.history_buffer.HistoryBuffer");
        yield return Class("mmengine.logging.log_buffer.LogBuffer");               // its name before MMEngine 0.1
        yield return Class(NumpyGlobals.ArrayName);
    }

    static PickleGlobal Class(string name) => new(name, (_, _) => new PickleObject(name));
}
