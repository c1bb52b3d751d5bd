namespace Paa.Checkpoints;

/// <summary>How the file formats name the element types.</summary>
static class ScalarTypeNames
{
    /// <summary>Element type, storage class of PyTorch, dtype of PyTorch, name in safetensors.</summary>
    public static readonly (ScalarType Type, string Storage, string Dtype, string Safetensors)[] All =
    [
        (ScalarType.Float64, "DoubleStorage", "float64", "F64"),
        (ScalarType.Float32, "FloatStorage", "float32", "F32"),
        (ScalarType.Float16, "HalfStorage", "float16", "F16"),
        (ScalarType.BFloat16, "BFloat16Storage", "bfloat16", "BF16"),
        (ScalarType.Int64, "LongStorage", "int64", "I64"),
        (ScalarType.Int32, "IntStorage", "int32", "I32"),
        (ScalarType.Int16, "ShortStorage", "int16", "I16"),
        (ScalarType.Int8, "CharStorage", "int8", "I8"),
        (ScalarType.UInt8, "ByteStorage", "uint8", "U8"),
        (ScalarType.Bool, "BoolStorage", "bool", "BOOL"),
    ];

    /// <summary>Name of the storage class in module <c>torch</c>.</summary>
    public static string StorageName(this ScalarType type) => Find(type).Storage;

    /// <summary>Name of the dtype in module <c>torch</c>.</summary>
    public static string DtypeName(this ScalarType type) => Find(type).Dtype;

    /// <summary>Name in the header of a safetensors file.</summary>
    public static string SafetensorsName(this ScalarType type) => Find(type).Safetensors;

    static (ScalarType Type, string Storage, string Dtype, string Safetensors) Find(ScalarType type)
    {
        foreach (var row in All)
            if (row.Type == type) return row;
        throw new CheckpointException($"Element type {type} cannot be stored in a checkpoint.");
    }
}
