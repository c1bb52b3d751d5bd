using Paa.Checkpoints;

namespace Paa.Torch.Internals;

/// <summary>A tensor that libtorch has not been asked for yet: what it will be made of when it is first computed with.</summary>
/// <remarks>
/// The parameters of a network start so. Building one costs neither memory nor libtorch, weights are read from a file once, and a
/// program that computes them by another engine never loads libtorch at all.
/// </remarks>
/// <param name="shape">Its sizes. Held.</param>
/// <param name="value">Of every element, as long as there is no <see cref="Source"/>.</param>
/// <param name="type">Of the elements.</param>
/// <param name="device">Where it will be.</param>
sealed class PendingTensor(long[] shape, double value, ScalarType type, Device device)
{
    StoredTensor? _source;

    public long[] Shape { get; } = shape;

    public long Count { get; } = shape.Aggregate(1L, (count, size) => checked(count * size));

    public ScalarType Type => type;

    public Device Device => device;

    public bool RequiresGrad { get; set; }

    /// <summary>Where the elements come from, of this shape; null for <c>value</c>. Held.</summary>
    public StoredTensor? Source
    {
        get => _source;
        set
        {
            if (value is not null && !value.Shape.AsSpan().SequenceEqual(Shape))
                throw new ShapeException($"A tensor of shape {ShapeException.Text(Shape)} cannot hold {value}.");
            _source = value;
        }
    }

    /// <summary>Makes the tensor.</summary>
    /// <returns>A handle outside of every scope, owned.</returns>
    public TensorHandle Make()
    {
        var tensor = Tensor.Full(Shape, value, type, device).Hold();
        try
        {
            _source?.CopyTo(tensor);
            if (RequiresGrad) tensor.RequiresGrad = true;
            return tensor.Handle;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
