using System.Buffers.Binary;

namespace Paa.Checkpoints.Pickling;

/// <summary>A <c>numpy.dtype</c> while a pickle is read: training logs sometimes hold NumPy numbers, which become plain
/// ones.</summary>
/// <param name="code">Kind and size, such as <c>f8</c>.</param>
sealed class NumpyType(string code)
{
    /// <summary>Whether the numbers are stored with their highest byte first.</summary>
    public bool IsBigEndian { get; private set; }

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
