using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Paa.Checkpoints;

/// <summary>A tensor as a checkpoint holds it: a view of a <see cref="Checkpoints.Storage"/>, whose elements are read when they
/// are asked for.</summary>
public sealed class StoredTensor
{
    /// <summary>Tensors of more axes are refused; PyTorch itself stops at 64.</summary>
    internal const int MaxRank = 64;

    /// <summary>Elements that an expanded view (stride 0) may have beyond those of its storage.</summary>
    internal const long MaxExpandedCount = 1 << 16;

    /// <summary>Creates a view of a storage and checks that it lies inside.</summary>
    /// <param name="storage">Held.</param>
    /// <param name="shape">Sizes of the axes, slowest first; empty for a single value. Held.</param>
    /// <param name="strides">Steps between neighbours along each axis, in elements; null for row-major order. Held.</param>
    /// <param name="offset">Index of the first element in the storage.</param>
    /// <exception cref="CheckpointException">The view reaches outside of the storage.</exception>
    public StoredTensor(Storage storage, long[] shape, long[]? strides = null, long offset = 0)
    {
        Storage = storage;
        Shape = shape;
        Count = CountElements(shape);
        Strides = strides ?? RowMajor(shape);
        Offset = offset;
        Last = CheckBounds();
    }

    /// <summary>Creates a tensor of values in row-major order.</summary>
    /// <typeparam name="T">Element type; decides the tensor's type.</typeparam>
    /// <param name="values">Copied.</param>
    /// <param name="shape">Sizes of the axes; their product is the number of values. Held.</param>
    public static StoredTensor From<T>(ReadOnlySpan<T> values, params long[] shape) where T : unmanaged =>
        new(new Storage(ScalarTypes.Of<T>(), MemoryMarshal.AsBytes(values).ToArray()), shape);

    /// <summary>Creates a quantised tensor, as PyTorch's <c>quantize_per_channel</c> makes it on axis 0: element [o, ...] is
    /// <c>integer * scales[o]</c>.</summary>
    /// <param name="integers">In row-major order. Copied.</param>
    /// <param name="scales">[shape[0]], finite and above 0. Copied.</param>
    /// <param name="shape">At least one axis; the product is the number of integers. Held.</param>
    /// <exception cref="CheckpointException">Integers, scales and shape do not fit together.</exception>
    public static StoredTensor Quantized(ReadOnlySpan<sbyte> integers, ReadOnlySpan<float> scales, params long[] shape)
    {
        var steps = new double[scales.Length];
        for (var i = 0; i < steps.Length; i++) steps[i] = scales[i];
        var storage = new Storage(ScalarType.QInt8, MemoryMarshal.AsBytes(integers).ToArray());
        var tensor = new StoredTensor(storage, From<double>(steps, steps.Length), shape, RowMajor(shape), 0);
        tensor.CheckScales();
        return tensor;
    }

    /// <summary>A quantised tensor of a file; its scales can be checked when their storage is filled.</summary>
    internal StoredTensor(Storage storage, StoredTensor scales, long[] shape, long[] strides, long offset)
        : this(storage, shape, strides, offset)
    {
        Scales = scales;
        if (storage.Type != ScalarType.QInt8 || shape.Length == 0 || !IsContiguous
            || scales.Type != ScalarType.Float64 || scales.Shape.Length != 1 || scales.Count != shape[0])
            throw new CheckpointException($"describes a quantised tensor of shape [{string.Join(", ", shape)}] wrongly, or in "
                + "a way that is not read: quantise weights per channel on axis 0, and save them with .contiguous().");
    }

    /// <summary>Element type. A quantised tensor is read like one of <see cref="ScalarType.Float32"/>.</summary>
    public ScalarType Type => IsQuantized ? ScalarType.Float32 : Storage.Type;

    /// <summary>Whether the storage holds 8-bit integers times <see cref="Scales"/>.</summary>
    [MemberNotNullWhen(true, nameof(Scales))]
    public bool IsQuantized => Scales is not null;

    /// <summary>What an integer of the storage stands for at each index of the first axis, in double precision, [shape[0]]; null
    /// if the tensor is not quantised.</summary>
    public StoredTensor? Scales { get; }

    /// <summary>Sizes of the axes, slowest first; empty for a single value.</summary>
    public long[] Shape { get; }

    /// <summary>Steps between neighbours along each axis, in elements.</summary>
    public long[] Strides { get; }

    /// <summary>Index of the first element in the storage.</summary>
    public long Offset { get; }

    /// <summary>The elements; shared by all tensors that view them.</summary>
    public Storage Storage { get; }

    /// <summary>Number of elements: the product of <see cref="Shape"/>.</summary>
    public long Count { get; }

    /// <summary>Index of the last element in the storage; means nothing if there are no elements.</summary>
    internal long Last { get; }

    /// <summary>Whether the tensor was saved as one that takes part in autograd.</summary>
    public bool RequiresGrad { get; init; }

    /// <summary>Whether the tensor was saved as <c>torch.nn.Parameter</c>.</summary>
    public bool IsParameter { get; init; }

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var axis = Shape.Length - 1; axis >= 0; axis--)
            {
                if (Shape[axis] != 1 && Strides[axis] != expected) return Count == 0;
                expected *= Math.Max(Shape[axis], 1);
            }
            return true;
        }
    }

    /// <summary>Copies the elements, in row-major order, into an array of the same or a wider type.</summary>
    /// <remarks>
    /// Every value is kept exactly: half types widen to <c>float</c> and <c>double</c>, small integers and flags to wider ones. A
    /// type that could lose digits, such as <c>float</c> for Int64, is an error.
    /// </remarks>
    /// <exception cref="CheckpointException">The element type does not widen to <typeparamref name="T"/>, the elements are too
    /// many for an array, or their file cannot be read any more.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        var values = GC.AllocateUninitializedArray<T>(ArrayLength(Count));
        StoredElements.Read<T>(this, values);
        return values;
    }

    /// <summary>As <see cref="ToArray{T}"/>, into memory of the caller.</summary>
    /// <param name="target">As many elements as the tensor has.</param>
    /// <exception cref="ArgumentException">The number of elements differs.</exception>
    /// <exception cref="CheckpointException">The element type does not widen to <typeparamref name="T"/>, or the file cannot be
    /// read any more.</exception>
    public void ReadTo<T>(Span<T> target) where T : unmanaged
    {
        if (target.Length != Count)
            throw new ArgumentException(
                $"StoredTensor.ReadTo: room for {target.Length} elements, but this is {this}.", nameof(target));
        StoredElements.Read(this, target);
    }

    /// <summary>Copies the raw elements, in row-major order and the machine's byte order, into an array.</summary>
    /// <exception cref="CheckpointException">They are too many for an array, or their file cannot be read any more.</exception>
    public byte[] ToBytes()
    {
        var bytes = GC.AllocateUninitializedArray<byte>(ArrayLength(ByteCount));
        StoredElements.Read(this, bytes);
        return bytes;
    }

    /// <summary>As <see cref="ToBytes"/>, into memory of the caller.</summary>
    /// <param name="target">As many bytes as the elements take.</param>
    /// <exception cref="ArgumentException">The number of bytes differs.</exception>
    /// <exception cref="CheckpointException">The file cannot be read any more.</exception>
    public void ReadBytesTo(Span<byte> target)
    {
        if (target.Length != ByteCount)
            throw new ArgumentException(
                $"StoredTensor.ReadBytesTo: room for {target.Length} bytes, but this is {this}.", nameof(target));
        StoredElements.Read(this, target);
    }

    /// <summary>The integers of a quantised tensor, in row-major order.</summary>
    /// <exception cref="InvalidOperationException">It is not quantised.</exception>
    /// <exception cref="CheckpointException">The file cannot be read any more.</exception>
    public sbyte[] ToIntegers()
    {
        if (!IsQuantized) throw new InvalidOperationException($"StoredTensor.ToIntegers: this is {this}, and not quantised.");
        var integers = GC.AllocateUninitializedArray<sbyte>(ArrayLength(Count));
        Storage.ReadTo(MemoryMarshal.AsBytes(integers.AsSpan()), Offset);
        return integers;
    }

    /// <summary>Makes sure that every scale is a number above 0.</summary>
    /// <exception cref="CheckpointException">One is not.</exception>
    internal void CheckScales()
    {
        foreach (var scale in Scales!.ToArray<double>())
            if (!((float)scale > 0 && float.IsFinite((float)scale)))
                throw new CheckpointException($"has a quantised tensor with the scale {scale}; the file is damaged.");
    }

    /// <summary>Hands over the raw elements, in row-major order, piece by piece.</summary>
    internal void Visit(Action<ReadOnlySpan<byte>> visit)
    {
        if (IsContiguous && !IsQuantized) Storage.Visit(Count == 0 ? 0 : Offset * Type.Size(), ByteCount, visit);
        else visit(ToBytes());
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}]";

    long ByteCount => Count * Type.Size();

    int ArrayLength(long length) => length <= Array.MaxLength ? (int)length
        : throw new CheckpointException($"a tensor of shape {this} is too large.");

    static long CountElements(long[] shape)
    {
        if (shape.Length > MaxRank)
            throw new CheckpointException($"a tensor has {shape.Length} axes; at most {MaxRank} are read.");
        Int128 count = 1;
        foreach (var size in shape)
        {
            if (size < 0)
                throw new CheckpointException($"a tensor has the shape [{string.Join(", ", shape)}]; the file is damaged.");
            count *= size;
            if (count > long.MaxValue) throw new CheckpointException($"the shape [{string.Join(", ", shape)}] is too large.");
        }
        return (long)count;
    }

    static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            // wraps only for an empty tensor, which has no elements to step over
            stride = unchecked(stride * Math.Max(shape[axis], 1));
        }
        return strides;
    }

    /// <returns>Index of the last element of the view in the storage.</returns>
    long CheckBounds()
    {
        if (Strides.Length != Shape.Length)
            throw new CheckpointException(
                $"a tensor has {Shape.Length} sizes and {Strides.Length} strides; the file is damaged.");
        Int128 last = Offset;
        for (var axis = 0; axis < Shape.Length; axis++)
        {
            if (Strides[axis] < 0)
                throw new CheckpointException($"a tensor has the stride {Strides[axis]}; the file is damaged.");
            last += (Int128)(Shape[axis] - 1) * Strides[axis];
        }
        if (Count == 0 ? Offset < 0 || Offset > Storage.Count : Offset < 0 || last >= Storage.Count)
            throw new CheckpointException(
                $"a tensor of shape [{string.Join(", ", Shape)}], strides [{string.Join(", ", Strides)}] and offset "
                + $"{Offset} reaches outside of its storage of {Storage.Count} elements; the file is damaged.");
        if (Count > Storage.Count && Count > MaxExpandedCount)
            throw new CheckpointException(
                $"a tensor of shape [{string.Join(", ", Shape)}] repeats the {Storage.Count} elements of its storage; "
                + $"at most {MaxExpandedCount} elements are made that way. Save it with .contiguous().");
        return Count == 0 ? 0 : (long)last;
    }
}
