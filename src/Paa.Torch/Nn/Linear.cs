namespace Paa.Torch.Nn;

/// <summary>A fully connected layer, x W^T + b; zeros until initialised.</summary>
public sealed class Linear : Module
{
    /// <summary>Adds weight and, if wanted, bias.</summary>
    /// <param name="path">Where they are named.</param>
    /// <param name="inFeatures">Size of the last dimension of the input, I.</param>
    /// <param name="outFeatures">Size of the last dimension of the result, O.</param>
    /// <param name="bias">Whether a number per output is added.</param>
    public Linear(ParameterPath path, int inFeatures, int outFeatures, bool bias = true) : base(path)
    {
        Weight = path.AddParameter("weight", [outFeatures, inFeatures]);
        Bias = bias ? path.AddParameter("bias", [outFeatures]) : null;
    }

    /// <summary>[O, I], held by the store.</summary>
    public Tensor Weight { get; }

    /// <summary>[O], held by the store; null without bias.</summary>
    public Tensor? Bias { get; }

    /// <summary>Multiplies and adds.</summary>
    /// <param name="input">[..., I]. Borrowed.</param>
    /// <returns>[..., O], owned.</returns>
    public Tensor Forward(Tensor input) => Functional.Linear(input, Weight, Bias);
}
