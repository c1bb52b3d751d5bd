namespace Paa.Torch.Nn;

/// <summary>A named tensor of a network: a weight that training changes, or a buffer such as running statistics.</summary>
public sealed class Parameter
{
    internal Parameter(string name, Tensor tensor, bool isBuffer)
    {
        Name = name;
        Tensor = tensor;
        IsBuffer = isBuffer;
        tensor.RequiresGrad = !isBuffer;
    }

    /// <summary>Path from the root, the key in a state_dict: <c>backbone.layer1.0.conv1.weight</c>.</summary>
    public string Name { get; }

    /// <summary>The values, held by the store. Change them in place only, under <see cref="NoGrad"/>.</summary>
    public Tensor Tensor { get; }

    /// <summary>Whether this is saved with the weights but not trained.</summary>
    public bool IsBuffer { get; }

    /// <summary>Whether training changes it. A buffer never is; freezing a weight drops its gradient.</summary>
    /// <exception cref="InvalidOperationException">Set to true on a buffer.</exception>
    public bool IsTrainable
    {
        get => Tensor.RequiresGrad;
        set
        {
            if (value && IsBuffer) throw new InvalidOperationException($"{Name} is a buffer and cannot be trained.");
            if (!value) Tensor.ClearGradient();
            Tensor.RequiresGrad = value;
        }
    }

    /// <summary>Name, type and shape.</summary>
    public override string ToString() => $"{Name}: {Tensor}";
}
