using System.Diagnostics;
using Paa.Checkpoints;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>An array of numbers of one type on one device, with automatic differentiation: a handle to a tensor of
/// libtorch.</summary>
/// <remarks>
/// <para>Ownership: a method that returns a tensor returns a new handle, which the caller owns and disposes, or leaves to the
/// <see cref="TensorScope"/> it was made in. Views (reshape, slice, ...) share memory with their source, and keep it
/// alive.</para>
/// <para>Threads: different tensors may be used from different threads. In-place changes of one tensor are not synchronised.
/// Scopes and <see cref="NoGrad"/> are per thread.</para>
/// </remarks>
[DebuggerDisplay("{ToString(),nq}")]
public sealed partial class Tensor : IDisposable
{
    internal Tensor(nint native)
    {
        Handle = new TensorHandle(native);
        TensorScope.Enter(this);
    }

    internal TensorHandle Handle { get; }

    /// <summary>The scope that will free the tensor; null when its owner does.</summary>
    internal TensorScope? Scope { get; set; }

    /// <summary>Sizes, outermost dimension first; a new array.</summary>
    public unsafe long[] Shape
    {
        get
        {
            var info = Describe();
            var shape = new ReadOnlySpan<long>(info.Sizes, info.Rank).ToArray();
            GC.KeepAlive(this);
            return shape;
        }
    }

    /// <summary>Number of dimensions.</summary>
    public int Rank => Describe().Rank;

    /// <summary>Number of elements.</summary>
    public long Count => Describe().Count;

    /// <summary>Size of dimension 2 of an image batch [N, C, H, W], the last but one of any other.</summary>
    public int Height => (int)Size(-2);

    /// <summary>Size of the last dimension, W of an image batch [N, C, H, W].</summary>
    public int Width => (int)Size(-1);

    /// <summary>Type of the elements.</summary>
    public ScalarType Type => (ScalarType)Describe().Type;

    /// <summary>Where the elements are.</summary>
    public Device Device => new(Describe().Device);

    /// <summary>Whether the elements lie in row-major order without gaps.</summary>
    public bool IsContiguous => Describe().IsContiguous != 0;

    /// <summary>Whether the handle has been released.</summary>
    public bool IsDisposed => Handle.IsClosed;

    /// <summary>Size of one dimension.</summary>
    /// <param name="dim">The dimension; negative counts from the end.</param>
    /// <exception cref="ShapeException">There is no such dimension.</exception>
    public unsafe long Size(int dim)
    {
        var info = Describe();
        var index = dim < 0 ? dim + info.Rank : dim;
        if ((uint)index >= (uint)info.Rank) throw new ShapeException($"Tensor.Size: dimension {dim} of {this} does not exist.");
        var size = info.Sizes[index];
        GC.KeepAlive(this);
        return size;
    }

    /// <summary>Takes the tensor out of every scope: the caller holds it and will dispose it.</summary>
    /// <returns>This tensor.</returns>
    public Tensor Hold()
    {
        Scope = null;
        return this;
    }

    /// <summary>Releases the handle; the memory goes when no view and no graph needs it.</summary>
    public void Dispose()
    {
        Scope = null;
        Handle.Dispose();
    }

    /// <summary>Type, shape and device: "Float32[2, 3] cuda:0".</summary>
    public override string ToString()
    {
        if (IsDisposed) return "disposed tensor";
        var device = Device;
        return $"{Type}{ShapeException.Text(Shape)}{(device.IsCpu ? "" : $" {device}")}";
    }

    unsafe NativeTensorInfo Describe()
    {
        NativeTensorInfo info;
        Native.Check(Native.paa_tensor_describe(Handle, &info), "Tensor");
        return info;
    }
}
