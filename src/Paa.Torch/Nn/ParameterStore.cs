using System.Diagnostics.CodeAnalysis;

namespace Paa.Torch.Nn;

/// <summary>Holds every tensor of a network under its state_dict name, and knows the network's modules.</summary>
/// <param name="device">Where the tensors are.</param>
public sealed class ParameterStore(Device device = default) : IDisposable
{
    readonly List<Parameter> _entries = [];
    readonly Dictionary<string, Parameter> _byName = [];
    readonly List<Module> _modules = [];

    /// <summary>Where the tensors are.</summary>
    public Device Device { get; } = device;

    /// <summary>The path to start building at.</summary>
    public ParameterPath Root => new(this, "");

    /// <summary>Weights and buffers in the order in which they were added, which is that of the state_dict.</summary>
    public IReadOnlyList<Parameter> Entries => _entries;

    /// <summary>The weights, frozen ones too, in order: what an optimiser is given.</summary>
    public IEnumerable<Parameter> Parameters => _entries.Where(entry => !entry.IsBuffer);

    /// <summary>The buffers, in order.</summary>
    public IEnumerable<Parameter> Buffers => _entries.Where(entry => entry.IsBuffer);

    /// <summary>The modules in the order in which they were made.</summary>
    public IReadOnlyList<Module> Modules => _modules;

    /// <summary>Finds a weight or buffer.</summary>
    /// <param name="name">Its full name.</param>
    /// <param name="entry">What was found. Borrowed.</param>
    public bool TryFind(string name, [NotNullWhen(true)] out Parameter? entry) => _byName.TryGetValue(name, out entry);

    /// <summary>A weight or buffer by its full name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public Parameter this[string name] =>
        TryFind(name, out var entry) ? entry : throw new KeyNotFoundException($"The network has no parameter {name}.");

    /// <summary>Switches all modules to training or to evaluation.</summary>
    /// <param name="training">Whether to train.</param>
    public void Train(bool training = true)
    {
        foreach (var module in _modules) module.IsTraining = training;
    }

    /// <summary>Frees every tensor.</summary>
    public void Dispose()
    {
        foreach (var entry in _entries) entry.Tensor.Dispose();
    }

    internal Tensor Add(string name, Tensor tensor, bool isBuffer)
    {
        if (_byName.ContainsKey(name))
        {
            tensor.Dispose();
            throw new ArgumentException($"The network has a parameter {name} already.", nameof(name));
        }
        var entry = new Parameter(name, tensor.Hold(), isBuffer);
        _entries.Add(entry);
        _byName.Add(name, entry);
        return tensor;
    }

    internal void Add(Module module) => _modules.Add(module);
}

/// <summary>A part of a network. Its tensors are held by the store that its path leads to.</summary>
public abstract class Module
{
    /// <summary>Registers the module with its store.</summary>
    /// <param name="path">The name below which the module's tensors are.</param>
    protected Module(ParameterPath path)
    {
        Path = path;
        path.Store.Add(this);
    }

    /// <summary>The name below which the module's tensors are.</summary>
    public ParameterPath Path { get; }

    /// <summary>Whether the module behaves as in training; true until <see cref="ParameterStore.Train"/> says
    /// otherwise.</summary>
    public bool IsTraining { get; internal set; } = true;
}
