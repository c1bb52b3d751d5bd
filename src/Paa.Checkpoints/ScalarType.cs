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
        ScalarType.UInt8 or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new NotSupportedException($"Scalar type {(int)type} is not supported."),
    };
}
