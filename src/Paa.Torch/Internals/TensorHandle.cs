using Microsoft.Win32.SafeHandles;

namespace Paa.Torch.Internals;

/// <summary>The only holder of a pointer to a native tensor; releases it when disposed, or when collected as a last resort.</summary>
/// <remarks>Passing it to a native call keeps the tensor alive for that call, even if another thread disposes it meanwhile.</remarks>
sealed class TensorHandle : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Stands for a tensor that is not given: a null pointer, never released.</summary>
    internal static readonly TensorHandle Missing = new(0);

    internal TensorHandle(nint tensor) : base(ownsHandle: true)
    {
        SetHandle(tensor);
        TensorTrace.Created(this);
    }

    protected override bool ReleaseHandle()
    {
        Native.paa_tensor_free(handle);
        TensorTrace.Released(this);
        return true;
    }
}
