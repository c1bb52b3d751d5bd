using System.Buffers.Binary;
using System.Text;

namespace Paa.Checkpoints.Pickling;

/// <summary>Plain containers and bytes that pickles make by a call.</summary>
static class PlainGlobals
{
    /// <summary><c>OrderedDict()</c>, or from a list of pairs as Python 2 wrote it.</summary>
    public static PickleDict OrderedDict(PickleTuple arguments, PickleBudget budget)
    {
        var result = new PickleDict { IsOrderedDict = true };
        if (arguments.Count == 0) return result;
        if (arguments.Count != 1 || arguments[0] is not List<object?> pairs) throw Wrong("OrderedDict");
        foreach (var pair in pairs)
        {
            var (key, value) = pair switch
            {
                List<object?> { Count: 2 } list => (list[0], list[1]),
                PickleTuple { Count: 2 } tuple => (tuple[0], tuple[1]),
                _ => throw Wrong("OrderedDict"),
            };
            Set(result, key, value, budget);
        }
        return result;
    }

    /// <summary><c>Counter({...})</c>, which learning-rate schedulers save: the dict itself.</summary>
    public static object Counter(PickleTuple arguments, PickleBudget budget) => arguments switch
    {
        { Count: 0 } => new PickleDict(),
        { Count: 1 } when arguments[0] is PickleDict counts => counts,
        _ => throw Wrong("Counter"),
    };

    /// <summary><c>set([...])</c> and <c>frozenset([...])</c>: the list itself, as the order of a set means nothing.</summary>
    public static object Set(PickleTuple arguments, PickleBudget budget) => arguments switch
    {
        { Count: 0 } => new List<object?>(),
        { Count: 1 } when arguments[0] is List<object?> items => items,
        _ => throw Wrong("set"),
    };

    /// <summary><c>bytes()</c>, <c>bytearray(...)</c> and <c>_codecs.encode(text, 'latin1')</c>, by which protocol 2 writes
    /// bytes.</summary>
    public static byte[] Bytes(PickleTuple arguments, PickleBudget budget)
    {
        switch (arguments)
        {
            case { Count: 0 }:
                return [];
            case { Count: 1 } when arguments[0] is byte[] bytes:
                return bytes;
            case { Count: 2 } when arguments[0] is string text && arguments[1] is "latin1" or "latin-1":
                budget.SpendBytes(text.Length);
                return !text.AsSpan().ContainsAnyExceptInRange('\0', '\u00ff') ? Encoding.Latin1.GetBytes(text)
                    : throw Wrong("bytes");
            default:
                throw Wrong("bytes");
        }
    }

    /// <summary>Puts a value under a key, if it can be one.</summary>
    public static void Set(PickleDict target, object? key, object? value, PickleBudget budget)
    {
        if (key is null || !PickleKeyComparer.IsKey(key))
            throw new CheckpointException(
                $"has a dict with a key of type {key?.GetType().Name ?? "None"}; only texts, numbers and tuples are read.");
        budget.SpendBytes(KeyLength(key));
        target[key] = value;
    }

    static long KeyLength(object? key) => key switch
    {
        string text => text.Length,
        PickleTuple tuple => tuple.Sum(KeyLength),
        _ => 0,
    };

    static CheckpointException Wrong(string name) =>
        new($"makes a {name} from something it cannot be made of; the file is damaged.");
}

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
