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
