using System.Collections;

namespace Paa.Checkpoints;

/// <summary>A Python tuple: a fixed list of values. Two tuples are equal if their items are.</summary>
/// <param name="items">The values; held, not copied.</param>
public sealed class PickleTuple(params object?[] items) : IReadOnlyList<object?>, IEquatable<PickleTuple>
{
    readonly object?[] _items = items;

    /// <summary>The empty tuple.</summary>
    public static PickleTuple Empty { get; } = new();

    /// <summary>Number of items.</summary>
    public int Count => _items.Length;

    /// <summary>An item by its position.</summary>
    public object? this[int index] => _items[index];

    /// <summary>Whether the other tuple has equal items in the same order.</summary>
    public bool Equals(PickleTuple? other) => other is not null && _items.AsSpan().SequenceEqual(other._items);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PickleTuple);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var item in _items) hash.Add(item, PickleKeyComparer.Instance);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"({string.Join(", ", _items)})";

    /// <inheritdoc/>
    public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
