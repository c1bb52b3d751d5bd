namespace Paa.Checkpoints;

/// <summary>The type of a tensor's elements, with libtorch's own numbers (c10::ScalarType).</summary>
public enum ScalarType : sbyte
{
    /// <summary>8-bit unsigned integer, <see cref="byte"/>.</summary>
    UInt8 = 0,

    /// <summary>8-bit integer, <see cref="sbyte"/>.</summary>
    Int8 = 1,

    /// <summary>16-bit integer, <see cref="short"/>.</summary>
    Int16 = 2,

    /// <summary>32-bit integer, <see cref="int"/>.</summary>
    Int32 = 3,

    /// <summary>64-bit integer, <see cref="long"/>: indices and counts.</summary>
    Int64 = 4,

    /// <summary>IEEE half precision, <see cref="Half"/>.</summary>
    Float16 = 5,

    /// <summary>IEEE single precision, <see cref="float"/>: the default.</summary>
    Float32 = 6,

    /// <summary>IEEE double precision, <see cref="double"/>.</summary>
    Float64 = 7,

    /// <summary>One byte a truth value, <see cref="bool"/>.</summary>
    Bool = 11,

    /// <summary>8-bit integers that stand for multiples of a scale: storages of quantised tensors, which are read as
    /// <see cref="Float32"/> (see <see cref="StoredTensor.Scales"/>).</summary>
    QInt8 = 12,

    /// <summary>The upper half of a single, without a C# type: use bytes, or convert first.</summary>
    BFloat16 = 15,
}

/// <summary>Sizes of scalar types and their C# counterparts.</summary>
public static class ScalarTypes
{
    /// <summary>The scalar type whose elements are <typeparamref name="T"/>.</summary>
    /// <typeparam name="T">A primitive number, <see cref="Half"/> or <see cref="bool"/>.</typeparam>
    /// <exception cref="NotSupportedException">No scalar type has such elements.</exception>
    public static ScalarType Of<T>() where T : unmanaged =>
        typeof(T) == typeof(float) ? ScalarType.Float32
        : typeof(T) == typeof(long) ? ScalarType.Int64
        : typeof(T) == typeof(byte) ? ScalarType.UInt8
        : typeof(T) == typeof(double) ? ScalarType.Float64
        : typeof(T) == typeof(bool) ? ScalarType.Bool
        : typeof(T) == typeof(int) ? ScalarType.Int32
        : typeof(T) == typeof(Half) ? ScalarType.Float16
        : typeof(T) == typeof(short) ? ScalarType.Int16
        : typeof(T) == typeof(sbyte) ? ScalarType.Int8
        : throw new NotSupportedException($"Tensors have no elements of type {typeof(T).Name}.");

    /// <summary>Bytes an element.</summary>
    /// <param name="type">The scalar type.</param>
    public static int Size(this ScalarType type) => type switch
    {
        ScalarType.UInt8 or ScalarType.Int8 or ScalarType.QInt8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new NotSupportedException($"Scalar type {(int)type} is not supported."),
    };
}

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

    /// <summary>Storage class of quantised tensors; no plain tensor has such elements, so it stands apart.</summary>
    public const string QuantizedStorage = "QInt8Storage";

    /// <summary>Name of the storage class in module <c>torch</c>.</summary>
    public static string StorageName(this ScalarType type) =>
        type == ScalarType.QInt8 ? QuantizedStorage : Find(type).Storage;

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
