using System.Runtime.InteropServices;
using Paa.Checkpoints;
using Paa.Torch.Internals;

namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>Copies the elements to a new array, in row-major order.</summary>
    /// <typeparam name="T">The element type; must be the tensor's.</typeparam>
    public T[] ToArray<T>() where T : unmanaged
    {
        var values = new T[Count];
        CopyTo<T>(values);
        return values;
    }

    /// <summary>Copies the elements to memory of the caller, in row-major order; from any device and layout.</summary>
    /// <typeparam name="T">The element type; must be the tensor's.</typeparam>
    /// <param name="destination">As many elements as the tensor has.</param>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public void CopyTo<T>(Span<T> destination) where T : unmanaged
    {
        CheckElements<T>(destination.Length, "CopyTo");
        CopyToBytes(MemoryMarshal.AsBytes(destination));
    }

    /// <summary>Overwrites the elements in place with values of the caller, in row-major order; on any device and
    /// layout.</summary>
    /// <typeparam name="T">The element type; must be the tensor's.</typeparam>
    /// <param name="source">As many elements as the tensor has.</param>
    /// <exception cref="ShapeException">The number of elements differs.</exception>
    /// <exception cref="InvalidOperationException">The tensor has another element type.</exception>
    public void CopyFrom<T>(ReadOnlySpan<T> source) where T : unmanaged
    {
        CheckElements<T>(source.Length, "CopyFrom");
        CopyFromBytes(MemoryMarshal.AsBytes(source));
    }

    /// <summary>Copies the raw elements to a new array, whatever their type.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Count * Type.Size()];
        CopyToBytes(bytes);
        return bytes;
    }

    /// <summary>Copies the raw elements to memory of the caller.</summary>
    /// <param name="destination">Count times element size bytes.</param>
    /// <exception cref="TorchException">The number of bytes differs.</exception>
    public unsafe void CopyToBytes(Span<byte> destination)
    {
        fixed (byte* bytes = destination)
            Native.Check(Native.paa_tensor_read(Handle, bytes, destination.Length), $"Tensor.CopyTo from {this}");
    }

    /// <summary>Overwrites the raw elements in place.</summary>
    /// <param name="source">Count times element size bytes.</param>
    /// <exception cref="TorchException">The number of bytes differs.</exception>
    public unsafe void CopyFromBytes(ReadOnlySpan<byte> source)
    {
        fixed (byte* bytes = source)
            Native.Check(Native.paa_tensor_write(Handle, bytes, source.Length), $"Tensor.CopyFrom to {this}");
    }

    /// <summary>The tensor's own memory, for contiguous CPU tensors. Borrowed: valid while the tensor is not disposed, so keep a
    /// reference to it (a <c>using</c> or an open scope does).</summary>
    /// <typeparam name="T">The element type; must be the tensor's.</typeparam>
    /// <exception cref="InvalidOperationException">The tensor is on a device, not contiguous, or of another element
    /// type.</exception>
    public unsafe Span<T> AsSpan<T>() where T : unmanaged
    {
        var info = Describe();
        if ((ScalarType)info.Type != ScalarTypes.Of<T>() || !Device.IsCpu || info.IsContiguous == 0)
            throw new InvalidOperationException(
                $"Tensor.AsSpan<{typeof(T).Name}>: needs a contiguous CPU tensor of that type, got {this}.");
        return new Span<T>(info.Data, checked((int)info.Count));
    }

    /// <summary>The tensor's own memory as bytes, if it is a contiguous CPU tensor. Borrowed, as by
    /// <see cref="AsSpan"/>.</summary>
    internal unsafe bool TryGetBytes(out Span<byte> bytes)
    {
        var info = Describe();
        var isOwn = Device.IsCpu && info.IsContiguous != 0;
        bytes = isOwn ? new Span<byte>(info.Data, checked((int)(info.Count * Type.Size()))) : default;
        return isOwn;
    }

    /// <summary>The only element of a tensor of any numeric type. Waits for the device.</summary>
    /// <exception cref="ShapeException">The tensor has not exactly one element.</exception>
    public double ToDouble()
    {
        ShapeException.ThrowIfNotEqual(Count, 1, $"Tensor.ToDouble: elements of {this}");
        using var converted = To(ScalarType.Float64);
        Span<double> value = stackalloc double[1];
        converted.CopyTo(value);
        return value[0];
    }

    /// <summary>The only element, as single precision. Waits for the device.</summary>
    /// <exception cref="ShapeException">The tensor has not exactly one element.</exception>
    public float ToSingle() => (float)ToDouble();

    /// <summary>The only element of an integer tensor. Waits for the device.</summary>
    /// <exception cref="ShapeException">The tensor has not exactly one element.</exception>
    public long ToInt64()
    {
        ShapeException.ThrowIfNotEqual(Count, 1, $"Tensor.ToInt64: elements of {this}");
        using var converted = To(ScalarType.Int64);
        Span<long> value = stackalloc long[1];
        converted.CopyTo(value);
        return value[0];
    }

    void CheckElements<T>(int count, string method) where T : unmanaged
    {
        if (Type != ScalarTypes.Of<T>())
            throw new InvalidOperationException($"Tensor.{method}<{typeof(T).Name}>: the elements of {this} have another type.");
        ShapeException.ThrowIfNotEqual(count, Count, $"Tensor.{method}: elements for {this}");
    }
}
