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
    public static Tensor ToTensor(this StoredTensor stored)
    {
        var tensor = Tensor.Empty(stored.Shape, stored.Type);
        try
        {
            stored.CopyTo(tensor);
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    /// <summary>Copies stored elements into a tensor of the same shape, on any device and of any type.</summary>
    /// <param name="stored">From a file.</param>
    /// <param name="tensor">Overwritten, without a record for gradients. Borrowed.</param>
    /// <exception cref="ShapeException">The shapes differ.</exception>
    public static void CopyTo(this StoredTensor stored, Tensor tensor)
    {
        if (!tensor.Shape.AsSpan().SequenceEqual(stored.Shape))
            throw new ShapeException($"A tensor of shape {ShapeException.Text(tensor.Shape)} cannot hold {stored}.");
        using var noGrad = new NoGrad();
        if (tensor.Type == stored.Type)
        {
            if (tensor.TryGetBytes(out var memory)) stored.ReadBytesTo(memory);      // straight from the file
            else tensor.CopyFromBytes(stored.ToBytes());
            return;
        }
        using var values = stored.ToTensor();
        tensor.CopyInPlace(values);
    }
}
