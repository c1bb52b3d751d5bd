namespace Paa.Torch.Nn;

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
