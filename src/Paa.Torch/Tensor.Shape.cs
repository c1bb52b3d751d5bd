namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>The same elements in another shape; a view where the layout allows it, otherwise a copy.</summary>
    /// <param name="shape">Sizes with the same product; one may be -1 and is computed.</param>
    public Tensor Reshape(params ReadOnlySpan<long> shape) => Aten.Reshape.Invoke(this, shape);

    /// <summary>A view with the dimensions in another order.</summary>
    /// <param name="dims">For each new dimension, the old one.</param>
    public Tensor Permute(params ReadOnlySpan<long> dims) => Aten.Permute.Invoke(this, dims);

    /// <summary>A view with two dimensions exchanged.</summary>
    /// <param name="first">One dimension.</param>
    /// <param name="second">The other.</param>
    public Tensor Transpose(int first, int second) => Aten.Transpose.Invoke(this, first, second);

    /// <summary>Joins neighbouring dimensions into one.</summary>
    /// <param name="start">First dimension to join.</param>
    /// <param name="end">Last one; negative counts from the end.</param>
    public Tensor Flatten(int start = 0, int end = -1) => Aten.Flatten.Invoke(this, start, end);

    /// <summary>A view with a dimension of size 1 inserted.</summary>
    /// <param name="dim">Where it will be.</param>
    public Tensor Unsqueeze(int dim) => Aten.Unsqueeze.Invoke(this, dim);

    /// <summary>A view of a range of one dimension.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="start">First index.</param>
    /// <param name="end">One more than the last.</param>
    public Tensor Slice(int dim, long start, long end) => Aten.Slice.Invoke(this, dim, start, end);

    /// <summary>A view at one index of a dimension, which disappears.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">The index; negative counts from the end.</param>
    public Tensor Select(int dim, long index) => Aten.Select.Invoke(this, dim, index);

    /// <summary>A view that repeats dimensions of size 1 without copying.</summary>
    /// <param name="shape">New sizes; -1 keeps one.</param>
    public Tensor Expand(params ReadOnlySpan<long> shape) => Aten.Expand.Invoke(this, shape);

    /// <summary>Joins tensors along a dimension that they have.</summary>
    /// <param name="tensors">Tensors that agree in all other sizes. Borrowed.</param>
    /// <param name="dim">The dimension.</param>
    public static Tensor Concat(ReadOnlySpan<Tensor> tensors, int dim = 0) => Aten.Concat.Invoke(tensors.ToArray(), dim);

    /// <summary>Joins tensors along a new dimension.</summary>
    /// <param name="tensors">Tensors of one shape. Borrowed.</param>
    /// <param name="dim">Where the new dimension will be.</param>
    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int dim = 0) => Aten.Stack.Invoke(tensors.ToArray(), dim);

    /// <summary>Copies the given indices of one dimension.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64 [n]. Borrowed.</param>
    public Tensor IndexSelect(int dim, Tensor index) => Aten.IndexSelect.Invoke(this, dim, index);

    /// <summary>Picks one element along a dimension for each element of the index.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64, of this tensor's rank; gives the result's shape. Borrowed.</param>
    public Tensor Gather(int dim, Tensor index) => Aten.Gather.Invoke(this, dim, index);

    /// <summary>Writes one value at given positions along a dimension, in place.</summary>
    /// <param name="dim">The dimension.</param>
    /// <param name="index">Int64, of this tensor's rank: positions. Borrowed.</param>
    /// <param name="value">What is written.</param>
    /// <returns>This tensor.</returns>
    public Tensor ScatterInPlace(int dim, Tensor index, double value) =>
        Aten.ScatterValueInPlace.InvokeInPlace(this, dim, index, value);
}
