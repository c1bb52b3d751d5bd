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
