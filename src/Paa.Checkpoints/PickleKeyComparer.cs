namespace Paa.Checkpoints;

/// <summary>Compares keys of a <see cref="PickleDict"/>: by type and value.</summary>
/// <remarks>
/// All bits of a number enter a hash that is seeded anew in each process. The usual hash codes of <c>long</c> and <c>double</c>
/// are known to everybody, so a file could hold a million keys that collide and take hours to read.
/// </remarks>
sealed class PickleKeyComparer : IEqualityComparer<object?>
{
    public static PickleKeyComparer Instance { get; } = new();

    /// <summary>Whether a value may be a key: a string, number, flag, or a tuple of these.</summary>
    /// <remarks>Tuples do not nest here: comparing shared nested tuples takes time exponential in their depth.</remarks>
    public static bool IsKey(object? value) =>
        IsPlain(value) || (value is PickleTuple tuple && tuple.Count <= 16 && tuple.All(IsPlain));

    public new bool Equals(object? x, object? y) => object.Equals(x, y);

    public int GetHashCode(object? key) => key switch
    {
        long number => HashCode.Combine((int)number, (int)(number >> 32)),
        double number => GetHashCode(BitConverter.DoubleToInt64Bits(number)),
        null => 0,
        _ => key.GetHashCode(),
    };

    static bool IsPlain(object? value) => value is string or long or double or bool;
}
