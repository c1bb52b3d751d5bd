namespace Paa.Dnn;

/// <summary>Weights that an engine holds; made by <see cref="DnnEngine.AddWeights"/> and good for every plan of that
/// engine.</summary>
public readonly record struct ConvolutionWeights
{
    internal ConvolutionWeights(int id) => Id = id;

    internal int Id { get; }
}
