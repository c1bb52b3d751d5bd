using System.Numerics;
using System.Runtime.InteropServices;

namespace Paa.Checkpoints;

/// <summary>Elements of stored tensors: puts them into row-major order and widens them.</summary>
static class StoredElements
{
    /// <summary>The elements in row-major order: borrowed from the storage where they lie so, else a copy.</summary>
    public static ReadOnlyMemory<byte> Gather(StoredTensor tensor)
    {
        var size = tensor.Type.Size();
        if (tensor.Count == 0) return ReadOnlyMemory<byte>.Empty;
        if (tensor.IsContiguous) return tensor.Storage.Bytes.Slice((int)(tensor.Offset * size), (int)(tensor.Count * size));
        if (tensor.Count * size > Array.MaxLength) throw new CheckpointException($"a tensor of shape {tensor} is too large.");
        var result = GC.AllocateUninitializedArray<byte>((int)(tensor.Count * size));
        switch (size)
        {
            case 1: Gather<byte>(tensor, result); break;
            case 2: Gather<ushort>(tensor, result); break;
            case 4: Gather<uint>(tensor, result); break;
            default: Gather<ulong>(tensor, result); break;
        }
        return result;
    }

    /// <summary>Converts elements to a type that holds each of their values exactly.</summary>
    public static T[] Widen<T>(ScalarType type, ReadOnlySpan<byte> elements) where T : unmanaged
    {
        var result = GC.AllocateUninitializedArray<T>(elements.Length / type.Size());
        switch (result)
        {
            case var _ when Holds<T>(type): elements.CopyTo(MemoryMarshal.AsBytes(result.AsSpan())); break;
            case float[] floats when IsSmallInteger(type) || IsHalf(type): Widen<float>(type, elements, floats); break;
            case double[] doubles when type != ScalarType.Int64: Widen<double>(type, elements, doubles); break;
            case long[] longs when IsSmallInteger(type) || type == ScalarType.Int32: Widen<long>(type, elements, longs); break;
            case int[] ints when IsSmallInteger(type): Widen<int>(type, elements, ints); break;
            default: throw new CheckpointException($"a tensor of {type} cannot be read as {typeof(T).Name} without losing digits.");
        }
        return result;
    }

    static bool IsSmallInteger(ScalarType type) =>
        type is ScalarType.Int8 or ScalarType.UInt8 or ScalarType.Int16 or ScalarType.Bool;

    static bool IsHalf(ScalarType type) => type is ScalarType.Float16 or ScalarType.BFloat16;

    static bool Holds<T>(ScalarType type) => type switch
    {
        ScalarType.Float64 => typeof(T) == typeof(double),
        ScalarType.Float32 => typeof(T) == typeof(float),
        ScalarType.Float16 => typeof(T) == typeof(Half),
        ScalarType.Int64 => typeof(T) == typeof(long),
        ScalarType.Int32 => typeof(T) == typeof(int),
        ScalarType.Int16 => typeof(T) == typeof(short),
        ScalarType.Int8 => typeof(T) == typeof(sbyte),
        ScalarType.UInt8 => typeof(T) == typeof(byte),
        ScalarType.Bool => typeof(T) == typeof(bool) || typeof(T) == typeof(byte),
        _ => false,
    };

    static void Widen<T>(ScalarType type, ReadOnlySpan<byte> elements, Span<T> result) where T : unmanaged, INumberBase<T>
    {
        switch (type)
        {
            case ScalarType.Float32: Convert<float, T>(elements, result); break;
            case ScalarType.Float16: Convert<Half, T>(elements, result); break;
            case ScalarType.Int32: Convert<int, T>(elements, result); break;
            case ScalarType.Int16: Convert<short, T>(elements, result); break;
            case ScalarType.Int8: Convert<sbyte, T>(elements, result); break;
            case ScalarType.UInt8 or ScalarType.Bool: Convert<byte, T>(elements, result); break;
            case ScalarType.BFloat16:
                var halves = MemoryMarshal.Cast<byte, ushort>(elements);
                for (var i = 0; i < result.Length; i++)
                    result[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                break;
            default: throw new ArgumentOutOfRangeException(nameof(type), type, "No widening.");
        }
    }

    static void Convert<TSource, T>(ReadOnlySpan<byte> elements, Span<T> result)
        where TSource : unmanaged, INumberBase<TSource> where T : unmanaged, INumberBase<T>
    {
        var source = MemoryMarshal.Cast<byte, TSource>(elements);
        for (var i = 0; i < result.Length; i++) result[i] = T.CreateTruncating(source[i]);
    }

    static void Gather<T>(StoredTensor tensor, Span<byte> result) where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(tensor.Storage.Bytes.Span);
        var target = MemoryMarshal.Cast<byte, T>(result);
        var (shape, strides, last) = (tensor.Shape, tensor.Strides, tensor.Shape.Length - 1);
        var index = new long[shape.Length];
        var row = tensor.Offset;                                        // first element of the current innermost row
        for (var written = 0; written < target.Length;)
        {
            for (var i = 0L; i < shape[last]; i++) target[written++] = source[(int)(row + i * strides[last])];
            for (var axis = last - 1; axis >= 0; axis--)                // next row, as an odometer counts
            {
                row += strides[axis];
                if (++index[axis] < shape[axis]) break;
                row -= index[axis] * strides[axis];
                index[axis] = 0;
            }
        }
    }
}
