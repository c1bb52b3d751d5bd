using System.Buffers.Binary;

namespace Paa.Checkpoints.Pickling;

/// <summary>Arrays of NumPy. A checkpoint has them only in logs, whose content is left out; results of a test are made of
/// them.</summary>
static class NumpyGlobals
{
    /// <summary>Name of the class, which stands in place of an array without content.</summary>
    public const string ArrayName = "numpy.ndarray";

    const string BadArray = "describes a NumPy array wrongly; the file is damaged.";

    /// <summary><c>_reconstruct(ndarray, (0,), b'b')</c>: an array whose content follows as its state.</summary>
    public static PickleObject Reconstruct(PickleTuple arguments, PickleBudget budget) => new(ArrayName);

    /// <summary><c>_frombuffer(bytes, dtype, shape, order)</c>, by which protocol 5 writes arrays.</summary>
    public static PickleObject FromBuffer(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count != 4) throw new CheckpointException(BadArray);
        return new(ArrayName)
        {
            Array = budget.KeepsArrays ? Tensor(arguments[2], arguments[1], arguments[3] is "F", arguments[0], budget) : null,
        };
    }

    /// <summary>Takes the state <c>(version, shape, dtype, is_fortran, bytes)</c> of an array.</summary>
    public static void SetState(PickleObject array, object? state, PickleBudget budget)
    {
        if (!budget.KeepsArrays || array.TypeName != ArrayName) return;
        if (state is not PickleTuple { Count: 5 } parts) throw new CheckpointException(BadArray);
        array.Array = Tensor(parts[1], parts[2], parts[3] is true, parts[4], budget);
    }

    /// <summary>The content of an array; null for types that no tensor has, such as texts and objects.</summary>
    static StoredTensor? Tensor(object? shape, object? type, bool isFortran, object? content, PickleBudget budget)
    {
        if (type is not NumpyType { ScalarType: { } scalar } numpy) return null;
        if (shape is not PickleTuple { Count: <= StoredTensor.MaxRank } sizes || !sizes.All(size => size is long and >= 0)
            || content is not byte[] bytes || bytes.Length % scalar.Size() != 0)
            throw new CheckpointException(BadArray);
        long[] axes = [.. sizes.Cast<long>()];
        if (numpy.IsBigEndian) bytes = Reversed(bytes, scalar.Size(), budget);
        var storage = new Storage(scalar, bytes);
        var tensor = new StoredTensor(storage, axes, isFortran ? ColumnMajor(axes) : null);
        return tensor.Count == storage.Count ? tensor : throw new CheckpointException(BadArray);
    }

    static long[] ColumnMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        var step = 1L;
        for (var axis = 0; axis < shape.Length; axis++)
        {
            strides[axis] = step;
            step = unchecked(step * Math.Max(shape[axis], 1));          // a wrong product fails the check of the view
        }
        return strides;
    }

    static byte[] Reversed(byte[] bytes, int size, PickleBudget budget)
    {
        budget.SpendBytes(bytes.Length);
        byte[] result = [.. bytes];
        for (var start = 0; start < result.Length; start += size) result.AsSpan(start, size).Reverse();
        return result;
    }
}

/// <summary>A <c>numpy.dtype</c> while a pickle is read: numbers of its type become plain ones, arrays become tensors.</summary>
/// <param name="code">Kind and size, such as <c>f8</c>.</param>
sealed class NumpyType(string code)
{
    /// <summary>Whether the numbers are stored with their highest byte first.</summary>
    public bool IsBigEndian { get; private set; }

    /// <summary>The type of a tensor with such elements; null if there is none.</summary>
    public ScalarType? ScalarType => code switch
    {
        "f2" => Checkpoints.ScalarType.Float16,
        "f4" => Checkpoints.ScalarType.Float32,
        "f8" => Checkpoints.ScalarType.Float64,
        "i1" => Checkpoints.ScalarType.Int8,
        "i2" => Checkpoints.ScalarType.Int16,
        "i4" => Checkpoints.ScalarType.Int32,
        "i8" => Checkpoints.ScalarType.Int64,
        "u1" => Checkpoints.ScalarType.UInt8,
        "b1" => Checkpoints.ScalarType.Bool,
        _ => null,
    };

    /// <summary><c>numpy.dtype('f8', False, True)</c>.</summary>
    public static NumpyType Create(PickleTuple arguments, PickleBudget budget) =>
        arguments.Count >= 1 && arguments[0] is string { Length: 2 } code ? new NumpyType(code) : throw Wrong();

    /// <summary>Takes the state <c>(3, '&lt;', ...)</c>, which tells the byte order.</summary>
    public void SetState(PickleTuple state) =>
        IsBigEndian = state.Count >= 2 && state[1] is string order ? order == ">" : throw Wrong();

    /// <summary><c>scalar(dtype, bytes)</c>: a number or a flag.</summary>
    public static object Scalar(PickleTuple arguments, PickleBudget budget)
    {
        if (arguments.Count != 2 || arguments[0] is not NumpyType type) throw Wrong();
        var bytes = arguments[1] switch
        {
            byte[] { Length: <= 8 } raw => raw,
            string { Length: <= 8 } text => System.Text.Encoding.Latin1.GetBytes(text),     // Python 2
            _ => throw Wrong(),
        };
        return type.Read(type.IsBigEndian ? [.. bytes.Reverse()] : bytes);
    }

    object Read(byte[] bytes) => (code, bytes.Length) switch
    {
        ("f2", 2) => (double)BinaryPrimitives.ReadHalfLittleEndian(bytes),
        ("f4", 4) => (double)BinaryPrimitives.ReadSingleLittleEndian(bytes),
        ("f8", 8) => BinaryPrimitives.ReadDoubleLittleEndian(bytes),
        ("i1", 1) => (long)(sbyte)bytes[0],
        ("i2", 2) => (long)BinaryPrimitives.ReadInt16LittleEndian(bytes),
        ("i4", 4) => (long)BinaryPrimitives.ReadInt32LittleEndian(bytes),
        ("i8", 8) => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        ("u1", 1) => (long)bytes[0],
        ("u2", 2) => (long)BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        ("u4", 4) => (long)BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        ("b1", 1) => bytes[0] != 0,
        _ => throw Wrong(),
    };

    static CheckpointException Wrong() => new("has a NumPy number of a kind that is not read; save it as a plain number.");
}
