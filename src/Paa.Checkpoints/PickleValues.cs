using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Paa.Checkpoints;

/// <summary>A Python <c>dict</c> or <c>OrderedDict</c>: values by key, in the order in which the keys were added.</summary>
/// <remarks>Keys are <c>string</c>, <c>long</c>, <c>double</c>, <c>bool</c> or a <see cref="PickleTuple"/> of these.</remarks>
public sealed class PickleDict : IReadOnlyCollection<KeyValuePair<object, object?>>
{
    OrderedDictionary<object, object?>? _items;         // made with the first key: a hostile file may hold millions of empty ones

    /// <summary>Whether it is an <c>OrderedDict</c>, which only matters to Python.</summary>
    public bool IsOrderedDict { get; init; }

    /// <summary>Attributes set on an <c>OrderedDict</c>, such as <c>_metadata</c> on a state dict; null if there are
    /// none.</summary>
    public PickleDict? Attributes { get; set; }

    /// <summary>Number of keys.</summary>
    public int Count => _items?.Count ?? 0;

    /// <summary>The keys in order.</summary>
    public IEnumerable<object> Keys => _items?.Keys ?? Enumerable.Empty<object>();

    /// <summary>A value by its key; setting a new key appends it, setting a present one keeps its place.</summary>
    /// <exception cref="KeyNotFoundException">There is no such key.</exception>
    /// <exception cref="ArgumentException">The key is of another type than the ones that may be keys.</exception>
    public object? this[object key]
    {
        get => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"PickleDict: no key '{key}'.");
        set
        {
            if (!PickleKeyComparer.IsKey(key)) throw new ArgumentException($"PickleDict: {key} cannot be a key.", nameof(key));
            (_items ??= new(PickleKeyComparer.Instance!))[key] = value;
        }
    }

    /// <summary>Adds a value under a new key, so that collection initialisers work.</summary>
    /// <exception cref="ArgumentException">The key is there already, or cannot be a key.</exception>
    public void Add(object key, object? value)
    {
        if (ContainsKey(key)) throw new ArgumentException($"PickleDict: the key '{key}' is there already.", nameof(key));
        this[key] = value;
    }

    /// <summary>Whether there is a value, which may be null, under the key.</summary>
    public bool ContainsKey(object key) => _items?.ContainsKey(key) ?? false;

    /// <summary>The value under a key, if there is one.</summary>
    public bool TryGetValue(object key, out object? value)
    {
        value = null;
        return _items?.TryGetValue(key, out value) ?? false;
    }

    /// <summary>The value under a key, if there is one of this type.</summary>
    public bool TryGet<T>(object key, [NotNullWhen(true)] out T? value)
    {
        value = TryGetValue(key, out var found) && found is T typed ? typed : default;
        return value is not null && found is T;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<object, object?>> GetEnumerator() =>
        (_items ?? Enumerable.Empty<KeyValuePair<object, object?>>()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

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

/// <summary>An object of a Python class that is known to hold nothing but logs, such as MMEngine's <c>HistoryBuffer</c>. Its
/// content is left out; <see cref="TorchFile.Write"/> stores <c>None</c> in its place.</summary>
/// <param name="TypeName">Module and name of the class, with a dot.</param>
public sealed record PickleObject(string TypeName)
{
    /// <summary>The numbers of a NumPy array, which <see cref="PythonPickle.Read"/> keeps; null for everything else.</summary>
    public StoredTensor? Array { get; internal set; }
}

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
