namespace Paa.Models;

/// <summary>Size and work of a part of a network, for one image.</summary>
/// <param name="Name">Its path: <c>backbone.layer1</c>.</param>
/// <param name="Parameters">Numbers that are weights, frozen ones too; no buffers.</param>
/// <param name="TrainableParameters">Those that training changes.</param>
/// <param name="MultiplyAdds">Multiply-accumulates of the convolutions; each is two floating-point operations. Norms, ReLUs and
/// the reading of a deformable convolution are not counted, as is usual.</param>
/// <param name="Activations">Numbers in the results of all convolutions (Radosavovic et al., CVPR 2020, section 3).</param>
public sealed record PartProfile(string Name, long Parameters, long TrainableParameters, long MultiplyAdds, long Activations)
{
    /// <summary>Bytes of the activations in single precision: about what training keeps for the backward pass.</summary>
    public long ActivationBytes => Activations * sizeof(float);
}
