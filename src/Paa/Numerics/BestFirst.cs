namespace Paa.Numerics;

/// <summary>Hands out keys in ascending order, sorting no more of them than are taken: a binary heap in a borrowed span.</summary>
/// <remarks>Taken keys move to the end of the span, so that the span always holds all of them.</remarks>
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

    /// <summary>Takes the smallest key that is left.</summary>
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
