using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Paa.Checkpoints;

/// <summary>Elements of stored tensors: puts them into row-major order and widens them.</summary>
static class StoredElements
{
    const int ChunkSize = 1 << 16;

    /// <summary>Reads the elements, in row-major order and of their own type.</summary>
    /// <param name="tensor">Where from.</param>
    /// <param name="target">As many bytes as the elements take.</param>
    public static void Read(StoredTensor tensor, Span<byte> target)
    {
        var size = tensor.Type.Size();
        if (tensor.Count == 0) return;
        if (tensor.IsQuantized)
        {
            Dequantize(tensor, MemoryMarshal.Cast<byte, float>(target));
            return;
        }
        if (tensor.IsContiguous)
        {
            tensor.Storage.ReadTo(target, tensor.Offset * size);
            return;
        }
        var reach = new byte[(tensor.Last - tensor.Offset + 1) * size];            // from the first element to the last one
        tensor.Storage.ReadTo(reach, tensor.Offset * size);
        switch (size)
        {
            case 1: Gather<byte>(tensor, reach, target); break;
            case 2: Gather<ushort>(tensor, reach, target); break;
            case 4: Gather<uint>(tensor, reach, target); break;
            default: Gather<ulong>(tensor, reach, target); break;
        }
    }

    /// <summary>Reads the elements, in row-major order, as a type that holds each of their values exactly.</summary>
    /// <exception cref="CheckpointException">Values of <typeparamref name="T"/> could lose digits.</exception>
    public static void Read<T>(StoredTensor tensor, Span<T> target) where T : unmanaged
    {
        var (type, size) = (tensor.Type, tensor.Type.Size());
        if (Holds<T>(type))
        {
            Read(tensor, MemoryMarshal.AsBytes(target));
            return;
        }
        if (!WidensTo<T>(type))
            throw new CheckpointException($"a tensor of {type} cannot be read as {typeof(T).Name} without losing digits.");
        if (!tensor.IsContiguous || tensor.IsQuantized)
        {
            Widen(type, tensor.ToBytes(), target);
            return;
        }
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (var done = 0; done < target.Length;)
            {
                var count = Math.Min(ChunkSize / size, target.Length - done);
                var elements = buffer.AsSpan(0, count * size);
                tensor.Storage.ReadTo(elements, (tensor.Offset + done) * size);
                Widen(type, elements, target.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Integers times scales, multiplied in double precision as <c>dequantize()</c> of PyTorch does.</summary>
    static void Dequantize(StoredTensor tensor, Span<float> target)
    {
        var scales = tensor.Scales!.ToArray<double>();
        var row = target.Length / scales.Length;
        var buffer = ArrayPool<byte>.Shared.Rent(ChunkSize);
        try
        {
            for (var done = 0; done < target.Length;)
            {
                var count = Math.Min(Math.Min(ChunkSize, row - done % row), target.Length - done);       // of one row
                var integers = buffer.AsSpan(0, count);
                tensor.Storage.ReadTo(integers, tensor.Offset + done);
                Scale(MemoryMarshal.Cast<byte, sbyte>(integers), scales[done / row], target.Slice(done, count));
                done += count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    static void Scale(ReadOnlySpan<sbyte> integers, double scale, Span<float> target)
    {
        for (var i = 0; i < target.Length; i++) target[i] = (float)(integers[i] * scale);
    }

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

    static bool WidensTo<T>(ScalarType type)
    {
        var isSmallInteger = type is ScalarType.Int8 or ScalarType.UInt8 or ScalarType.Int16 or ScalarType.Bool;
        return typeof(T) == typeof(float) ? isSmallInteger || type is ScalarType.Float16 or ScalarType.BFloat16
            : typeof(T) == typeof(double) ? type != ScalarType.Int64
            : typeof(T) == typeof(long) ? isSmallInteger || type == ScalarType.Int32
            : typeof(T) == typeof(int) && isSmallInteger;
    }

    static void Widen<T>(ScalarType type, ReadOnlySpan<byte> elements, Span<T> target) where T : unmanaged
    {
        if (typeof(T) == typeof(float)) WidenNumbers(type, elements, MemoryMarshal.Cast<T, float>(target));
        else if (typeof(T) == typeof(double)) WidenNumbers(type, elements, MemoryMarshal.Cast<T, double>(target));
        else if (typeof(T) == typeof(long)) WidenNumbers(type, elements, MemoryMarshal.Cast<T, long>(target));
        else WidenNumbers(type, elements, MemoryMarshal.Cast<T, int>(target));
    }

    static void WidenNumbers<T>(ScalarType type, ReadOnlySpan<byte> elements, Span<T> target) where T : unmanaged, INumberBase<T>
    {
        switch (type)
        {
            case ScalarType.Float32: Convert<float, T>(elements, target); break;
            case ScalarType.Float16: Convert<Half, T>(elements, target); break;
            case ScalarType.Int32: Convert<int, T>(elements, target); break;
            case ScalarType.Int16: Convert<short, T>(elements, target); break;
            case ScalarType.Int8: Convert<sbyte, T>(elements, target); break;
            case ScalarType.UInt8 or ScalarType.Bool: Convert<byte, T>(elements, target); break;
            case ScalarType.BFloat16:
                var halves = MemoryMarshal.Cast<byte, ushort>(elements);
                for (var i = 0; i < target.Length; i++)
                    target[i] = T.CreateTruncating(BitConverter.UInt32BitsToSingle((uint)halves[i] << 16));
                break;
        }
    }

    static void Convert<TSource, T>(ReadOnlySpan<byte> elements, Span<T> target)
        where TSource : unmanaged, INumberBase<TSource> where T : unmanaged, INumberBase<T>
    {
        var source = MemoryMarshal.Cast<byte, TSource>(elements);
        for (var i = 0; i < target.Length; i++) target[i] = T.CreateTruncating(source[i]);
    }

    static void Gather<T>(StoredTensor tensor, ReadOnlySpan<byte> reach, Span<byte> target) where T : unmanaged
    {
        var source = MemoryMarshal.Cast<byte, T>(reach);
        var result = MemoryMarshal.Cast<byte, T>(target);
        var (shape, strides, last) = (tensor.Shape, tensor.Strides, tensor.Shape.Length - 1);
        var index = new long[shape.Length];
        var row = 0L;                                                   // first element of the current innermost row
        for (var written = 0; written < result.Length;)
        {
            for (var i = 0L; i < shape[last]; i++) result[written++] = source[(int)(row + i * strides[last])];
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
