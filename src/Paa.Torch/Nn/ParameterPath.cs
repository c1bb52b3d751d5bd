using Paa.Checkpoints;

namespace Paa.Torch.Nn;

/// <summary>A place in the tree of names of a <see cref="ParameterStore"/>: <c>store.Root / "backbone" / "conv1"</c>.</summary>
/// <remarks>Paths are the checkpoint contract: a rename changes the file format.</remarks>
public readonly struct ParameterPath
{
    internal ParameterPath(ParameterStore store, string name) => (Store, Name) = (store, name);

    /// <summary>The store that will hold what is added here.</summary>
    public ParameterStore Store { get; }

    /// <summary>Names from the root, joined by dots; empty at the root.</summary>
    public string Name { get; }

    /// <summary>The path one or more levels deeper.</summary>
    /// <param name="path">Where to start.</param>
    /// <param name="name">A name, or several joined by dots.</param>
    public static ParameterPath operator /(ParameterPath path, string name) => new(path.Store, path.Join(name));

    /// <summary>Adds a weight to be trained, in single precision on the store's device.</summary>
    /// <param name="name">Its name below this path.</param>
    /// <param name="shape">Its sizes; none for a single number.</param>
    /// <param name="value">The value of every element until somebody initialises or loads it.</param>
    /// <returns>The tensor, held by the store.</returns>
    /// <exception cref="ArgumentException">The store has the name already.</exception>
    public Tensor AddParameter(string name, ReadOnlySpan<long> shape, double value = 0) =>
        Store.Add(Join(name), Tensor.Full(shape, value, ScalarType.Float32, Store.Device), isBuffer: false);

    /// <summary>Adds a buffer: saved with the weights, not trained.</summary>
    /// <param name="name">Its name below this path.</param>
    /// <param name="shape">Its sizes; none for a single number.</param>
    /// <param name="type">Type of the elements.</param>
    /// <param name="value">The value of every element.</param>
    /// <returns>The tensor, held by the store.</returns>
    /// <exception cref="ArgumentException">The store has the name already.</exception>
    public Tensor AddBuffer(string name, ReadOnlySpan<long> shape, ScalarType type = ScalarType.Float32, double value = 0) =>
        Store.Add(Join(name), Tensor.Full(shape, value, type, Store.Device), isBuffer: true);

    /// <summary>The dotted name.</summary>
    public override string ToString() => Name;

    string Join(string name) => Name.Length == 0 ? name : $"{Name}.{name}";
}
