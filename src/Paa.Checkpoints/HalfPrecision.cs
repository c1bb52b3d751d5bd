using System.Runtime.InteropServices;

namespace Paa.Checkpoints;

/// <summary>Weights in half the bytes. Loading widens them again; every weight keeps three decimal digits.</summary>
static class HalfPrecision
{
    /// <summary>Rounds single and double precision to IEEE half; other types stay.</summary>
    /// <param name="weights">Borrowed.</param>
    /// <exception cref="CheckpointException">A finite value is beyond 65504, the largest of half precision.</exception>
    public static StateDict Convert(StateDict weights)
    {
        var result = new StateDict { Meta = weights.Meta, Attributes = weights.Attributes };
        foreach (var (name, tensor) in weights)
            result.Add(name, tensor.Type is ScalarType.Float32 or ScalarType.Float64 ? Convert(name, tensor) : tensor);
        return result;
    }

    static StoredTensor Convert(string name, StoredTensor tensor)
    {
        var values = tensor.ToArray<double>();
        var halves = new Half[values.Length];
        for (var i = 0; i < halves.Length; i++)
        {
            halves[i] = (Half)values[i];
            if (Half.IsInfinity(halves[i]) && double.IsFinite(values[i]))
                throw new CheckpointException($"cannot be stored in half precision: '{name}' has the value {values[i]:R}.");
        }
        return new StoredTensor(new Storage(ScalarType.Float16, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray()), tensor.Shape);
    }
}
