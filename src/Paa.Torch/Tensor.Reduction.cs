namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>Sum of all elements, rank 0; of truth values, their number (Int64).</summary>
    public Tensor Sum() => Aten.Sum.Invoke(this);

    /// <summary>Sum over one dimension.</summary>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep it, with size 1.</param>
    public Tensor Sum(int dim, bool keepDim = false) => Aten.SumDims.Invoke(this, dim, keepDim);

    /// <summary>Mean of all elements, rank 0.</summary>
    public Tensor Mean() => Aten.Mean.Invoke(this);

    /// <summary>Largest element, rank 0; NaN if there is one.</summary>
    public Tensor Max() => Aten.Max.Invoke(this);

    /// <summary>Largest elements along a dimension, and where they are (Int64). Both owned.</summary>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <param name="keepDim">Keep it, with size 1.</param>
    public (Tensor Values, Tensor Indices) Max(int dim, bool keepDim = false) => Pair(Aten.MaxDim.InvokeMany(this, dim, keepDim));

    /// <summary>Square root of the sum of squares of all elements, rank 0.</summary>
    public Tensor Norm() => Aten.Norm.Invoke(this);

    /// <summary>Matrix product, batched over leading dimensions.</summary>
    /// <param name="other">Borrowed.</param>
    public Tensor MatMul(Tensor other) => Aten.MatMul.Invoke(this, other);

    static (Tensor, Tensor) Pair(Tensor[] results) => (results[0], results[1]);
}
