namespace Paa.Checkpoints.Pickling;

/// <summary>The stack of the pickle machine, with its marks: nothing below the last mark can be taken.</summary>
sealed class PickleStack
{
    readonly List<object?> _items = [];
    readonly List<int> _marks = [];

    /// <summary>Number of values above the last mark.</summary>
    public int Count => _items.Count - Floor;

    int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    /// <summary>The value on top.</summary>
    public object? Top => Count > 0 ? _items[^1] : throw Underflow();

    /// <summary>Puts a value on top.</summary>
    public void Push(object? value) => _items.Add(value);

    /// <summary>Takes the value on top.</summary>
    public object? Pop()
    {
        var value = Top;
        _items.RemoveAt(_items.Count - 1);
        return value;
    }

    /// <summary>Marks the present height.</summary>
    public void Mark() => _marks.Add(_items.Count);

    /// <summary>Takes the last mark and everything above it.</summary>
    public object?[] PopToMark()
    {
        if (_marks.Count == 0) throw Underflow();
        object?[] items = [.. System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_items)[Floor..]];
        _items.RemoveRange(Floor, items.Length);
        _marks.RemoveAt(_marks.Count - 1);
        return items;
    }

    static CheckpointException Underflow() => new("takes more values than it made; the file is damaged.");
}
