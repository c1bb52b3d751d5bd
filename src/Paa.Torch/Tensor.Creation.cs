using System.Runtime.InteropServices;
using Paa.Checkpoints;
using Paa.Torch.Internals;

namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>Makes a CPU tensor with a copy of values.</summary>
    /// <typeparam name="T">Element type; decides the tensor's type.</typeparam>
    /// <param name="values">Elements in row-major order. Copied.</param>
    /// <param name="shape">Sizes, outermost first; none for a tensor of rank 0.</param>
    /// <exception cref="ShapeException">The shape has not as many elements as there are values.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> values, params ReadOnlySpan<long> shape) where T : unmanaged =>
        FromBytes(MemoryMarshal.AsBytes(values), ScalarTypes.Of<T>(), shape);

    /// <summary>Makes a CPU tensor with a copy of an array.</summary>
    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, ReadOnlySpan{long})"/>
    public static Tensor From<T>(T[] values, params ReadOnlySpan<long> shape) where T : unmanaged =>
        From((ReadOnlySpan<T>)values, shape);

    /// <summary>Makes a CPU tensor with a copy of raw elements, for types that C# lacks.</summary>
    /// <param name="bytes">Elements in row-major order and the machine's byte order. Copied.</param>
    /// <param name="type">Their type.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <exception cref="ShapeException">The shape needs another number of bytes.</exception>
    public static unsafe Tensor FromBytes(ReadOnlySpan<byte> bytes, ScalarType type, params ReadOnlySpan<long> shape)
    {
        long count = 1;
        foreach (var size in shape) count = checked(count * size);
        ShapeException.ThrowIfNotEqual(bytes.Length / type.Size(), count, $"Tensor.From: values for shape {ShapeException.Text(shape)}");
        fixed (byte* data = bytes)
        fixed (long* sizes = shape)
        {
            Native.Check(Native.paa_tensor_from(data, sizes, shape.Length, (int)type, out var result), "Tensor.From");
            return new Tensor(result);
        }
    }

    /// <summary>Makes a tensor on a device with a copy of values. The host does not wait for CUDA: the values go through pinned memory, which
    /// libtorch keeps until the device has read it.</summary>
    /// <typeparam name="T">Element type; decides the tensor's type.</typeparam>
    /// <param name="values">Elements in row-major order. Copied: they may change afterwards.</param>
    /// <param name="device">Where the tensor is.</param>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <exception cref="ShapeException">The shape has not as many elements as there are values.</exception>
    public static Tensor Upload<T>(ReadOnlySpan<T> values, Device device, params ReadOnlySpan<long> shape) where T : unmanaged
    {
        if (!device.IsCuda)
        {
            var host = From(values, shape);
            if (device.IsCpu) return host;
            using (host) return host.To(device);
        }
        using var pinned = Aten.Empty.Invoke(shape, ScalarTypes.Of<T>(), Argument.None, Device.Cpu, true);
        pinned.CopyFrom(values);
        return pinned.To(device, nonBlocking: true);
    }

    /// <summary>Makes a tensor on a device with a copy of an array.</summary>
    /// <inheritdoc cref="Upload{T}(ReadOnlySpan{T}, Device, ReadOnlySpan{long})"/>
    public static Tensor Upload<T>(T[] values, Device device, params ReadOnlySpan<long> shape) where T : unmanaged =>
        Upload((ReadOnlySpan<T>)values, device, shape);

    /// <summary>Makes a tensor of rank 0.</summary>
    /// <param name="value">Its element.</param>
    public static Tensor Scalar(float value) => From([value]);

    /// <summary>Makes a tensor of zeros.</summary>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="device">Where it is.</param>
    public static Tensor Zeros(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        Aten.Zeros.Invoke(shape, type, Argument.None, device);

    /// <summary>Makes a tensor of ones.</summary>
    /// <inheritdoc cref="Zeros"/>
    public static Tensor Ones(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        Aten.Ones.Invoke(shape, type, Argument.None, device);

    /// <summary>Makes a tensor whose elements are whatever the memory held.</summary>
    /// <inheritdoc cref="Zeros"/>
    public static Tensor Empty(ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, Device device = default) =>
        Aten.Empty.Invoke(shape, type, Argument.None, device);

    /// <summary>Makes a tensor of one value.</summary>
    /// <param name="shape">Sizes, outermost first.</param>
    /// <param name="value">The value of every element.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="device">Where it is.</param>
    public static Tensor Full(ReadOnlySpan<long> shape, double value, ScalarType type = ScalarType.Float32, Device device = default) =>
        Aten.Full.Invoke(shape, value, type, Argument.None, device);

    /// <summary>Makes the integers 0 .. end - 1, Int64 [end].</summary>
    /// <param name="end">One more than the last element.</param>
    /// <param name="device">Where it is.</param>
    public static Tensor Arange(long end, Device device = default) => Aten.Arange.Invoke(end, ScalarType.Int64, Argument.None, device);

    /// <summary>Zeros of this tensor's shape, type, layout and device.</summary>
    public Tensor ZerosLike() => Aten.ZerosLike.Invoke(this);
}
