using System.Runtime.CompilerServices;

namespace Paa.Numerics;

/// <summary>A number and an index in 64 bits whose integer order is the order by number, then by index.</summary>
/// <remarks>
/// Equal numbers keep the order of their indices whatever sorts the keys, so every selection is stable and independent of the
/// algorithm, and comparing costs one instruction. Numbers must be finite.
/// </remarks>
static class RankKey
{
    /// <summary>Smaller keys for smaller numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Ascending(float value, int index)
    {
        var bits = BitConverter.SingleToInt32Bits(value + 0f);          // + 0 turns -0 into 0: they are equal
        var ordered = (uint)(bits ^ (bits >> 31 | int.MinValue));       // negative: all bits flip; positive: the sign bit
        return (ulong)ordered << 32 | (uint)index;
    }

    /// <summary>Smaller keys for larger numbers; equal numbers still by ascending index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Descending(float value, int index) => Ascending(-value, index);

    /// <summary>The index in a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Index(ulong key) => (int)(uint)key;

    /// <summary>The number in a key of <see cref="Ascending"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AscendingValue(ulong key)
    {
        var ordered = (int)(uint)(key >> 32);
        return BitConverter.Int32BitsToSingle(ordered ^ (~ordered >> 31 | int.MinValue));
    }

    /// <summary>The number in a key of <see cref="Descending"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float DescendingValue(ulong key) => -AscendingValue(key);
}
