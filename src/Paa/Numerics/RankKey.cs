using System.Runtime.CompilerServices;

namespace Paa.Numerics;

/// <summary>A number and an index in 64 bits, whose integer order is by number, then by index.</summary>
/// <remarks>
/// Equal numbers keep the order of their indices under any sorting algorithm, so every selection is stable, and a comparison
/// costs one instruction. Numbers must be finite.
/// </remarks>
static class RankKey
{
    /// <summary>A key that is smaller for a smaller number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Ascending(float value, int index)
    {
        var bits = BitConverter.SingleToInt32Bits(value + 0f);          // + 0 turns -0 into 0: they are equal
        var ordered = (uint)(bits ^ (bits >> 31 | int.MinValue));       // negative: all bits flip; positive: the sign bit
        return (ulong)ordered << 32 | (uint)index;
    }

    /// <summary>A key that is smaller for a larger number; equal numbers are still ordered by ascending index.</summary>
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

/// <summary>
/// Returns keys in ascending order without sorting those that are never taken: a binary heap in a borrowed span.
/// </summary>
/// <remarks>Taken keys move to the end of the span, so the span always holds all keys.</remarks>
ref struct BestFirst
{
    readonly Span<ulong> _keys;
    int _count;

    /// <summary>Reorders the keys into a heap, in linear time.</summary>
    public BestFirst(Span<ulong> keys)
    {
        _keys = keys;
        _count = keys.Length;
        for (var parent = _count / 2 - 1; parent >= 0; parent--) SiftDown(parent, keys[parent]);
    }

    /// <summary>Takes the smallest remaining key.</summary>
    public bool TryTake(out ulong key)
    {
        key = 0;
        if (_count == 0) return false;
        key = _keys[0];
        var last = _keys[--_count];
        _keys[_count] = key;
        if (_count > 0) SiftDown(0, last);
        return true;
    }

    readonly void SiftDown(int hole, ulong key)
    {
        for (var child = 2 * hole + 1; child < _count; child = 2 * hole + 1)
        {
            if (child + 1 < _count && _keys[child + 1] < _keys[child]) child++;
            if (key <= _keys[child]) break;
            _keys[hole] = _keys[child];
            hole = child;
        }
        _keys[hole] = key;
    }
}
