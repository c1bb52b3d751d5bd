using Paa.Checkpoints;

namespace Paa.Torch;

/// <summary>The way between tensors of libtorch and those of checkpoint files.</summary>
public static class StoredTensors
{
    /// <summary>A copy of a tensor's elements, from any device and layout.</summary>
    /// <param name="tensor">Borrowed.</param>
    public static StoredTensor ToStored(this Tensor tensor) => new(new Storage(tensor.Type, tensor.ToBytes()), tensor.Shape);

    /// <summary>A tensor in host memory with a copy of the elements, in row-major order. The caller owns it.</summary>
    /// <param name="stored">From a file.</param>
    public static Tensor ToTensor(this StoredTensor stored) => Tensor.FromBytes(stored.ToBytes().Span, stored.Type, stored.Shape);

    /// <summary>Copies stored elements into a tensor of the same shape, on any device and of any type.</summary>
    /// <param name="stored">From a file.</param>
    /// <param name="tensor">Overwritten, without a record for gradients. Borrowed.</param>
    public static void CopyTo(this StoredTensor stored, Tensor tensor)
    {
        using var noGrad = new NoGrad();
        if (tensor.Type == stored.Type)
        {
            tensor.CopyFromBytes(stored.ToBytes().Span);
            return;
        }
        using var values = stored.ToTensor();
        tensor.CopyInPlace(values);
    }
}
