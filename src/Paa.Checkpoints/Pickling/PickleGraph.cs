namespace Paa.Checkpoints.Pickling;

/// <summary>Checks what a pickle made, so that everything after may walk it by plain recursion.</summary>
static class PickleGraph
{
    /// <summary>Nesting of containers that is read and written.</summary>
    public const int MaxDepth = 200;

    /// <summary>Values met when shared containers are walked once for each place they stand in.</summary>
    public const long MaxWalk = 20_000_000;

    /// <summary>What hangs below a container: values met on a walk (0 while the walk is still inside), and levels of
    /// containers.</summary>
    readonly record struct Extent(long Size, int Height);

    /// <summary>Makes sure that no container holds itself, nests too deep, is shared without end, or holds what is no
    /// data.</summary>
    /// <exception cref="CheckpointException">One of these is the case.</exception>
    public static void Check(object? root)
    {
        var extents = new Dictionary<object, Extent>(ReferenceEqualityComparer.Instance);
        var path = new Stack<(object Container, IEnumerator<object?> Children)>();
        Enter(root);
        while (path.TryPeek(out var top))
        {
            if (top.Children.MoveNext())
            {
                Enter(top.Children.Current);
                continue;
            }
            path.Pop();
            extents[top.Container] = Measure(top.Container, extents);
        }

        void Enter(object? value)
        {
            if (IsLeaf(value)) return;
            if (extents.TryGetValue(value!, out var extent))
            {
                if (extent.Size == 0)
                    throw new CheckpointException("has a list or dict that contains itself; it is no checkpoint.");
                return;
            }
            if (path.Count == MaxDepth) throw TooDeep();
            extents.Add(value!, default);
            path.Push((value!, Children(value!).GetEnumerator()));
        }
    }

    static Extent Measure(object container, Dictionary<object, Extent> extents)
    {
        var (size, height) = (1L, 0);
        foreach (var child in Children(container))
        {
            var below = child is not null && extents.TryGetValue(child, out var known) ? known : new Extent(1, 0);
            size += below.Size;
            height = Math.Max(height, below.Height);
            if (size > MaxWalk) throw new CheckpointException("repeats its objects without end; it is no checkpoint.");
        }
        // Shared parts, walked from a shallow place, can make the whole deeper than the walk was.
        return height < MaxDepth ? new Extent(size, height + 1) : throw TooDeep();
    }

    static CheckpointException TooDeep() => new($"nests its objects deeper than {MaxDepth}; it is no checkpoint.");

    static bool IsLeaf(object? value) => value switch
    {
        null or bool or long or double or string or byte[] or System.Numerics.BigInteger or StoredTensor or ScalarType
            or PickleObject => true,
        List<object?> or PickleDict or PickleTuple => false,
        StorageView => throw new CheckpointException("has a bare storage among its objects; save tensors instead."),
        PickleGlobal global =>
            throw new CheckpointException($"has '{global.Name}' itself among its objects; save plain data instead."),
        _ => throw new CheckpointException("has an unfinished object; the file is damaged."),
    };

    static IEnumerable<object?> Children(object container) => container switch
    {
        PickleDict dict => dict.SelectMany(pair => new[] { pair.Key, pair.Value }).Append(dict.Attributes),
        List<object?> list => list,
        PickleTuple tuple => tuple,
        _ => [],
    };
}
