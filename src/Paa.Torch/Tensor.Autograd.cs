using Paa.Torch.Internals;

namespace Paa.Torch;

public sealed partial class Tensor
{
    /// <summary>Whether operations on the tensor are recorded, so that <see cref="Backward"/> reaches it. May be set on leaves only.</summary>
    /// <exception cref="TorchException">Set on a result of recorded operations, or on an integer tensor.</exception>
    public bool RequiresGrad
    {
        get => Describe().RequiresGrad != 0;
        set => Native.Check(Native.paa_tensor_set_requires_grad(Handle, value ? (byte)1 : (byte)0), $"RequiresGrad of {this}");
    }

    /// <summary>What <see cref="Backward"/> has added up for this leaf: a new handle, owned; null when there is none yet.</summary>
    public Tensor? Gradient
    {
        get
        {
            Native.Check(Native.paa_tensor_gradient(Handle, out var result), $"Gradient of {this}");
            return result == 0 ? null : new Tensor(result);
        }
    }

    /// <summary>Replaces the gradient.</summary>
    /// <param name="gradient">Of this tensor's shape. Borrowed: the tensor keeps its own reference.</param>
    public void SetGradient(Tensor gradient) =>
        Native.Check(Native.paa_tensor_set_gradient(Handle, gradient.Handle), $"SetGradient of {this} to {gradient}");

    /// <summary>Forgets the gradient and frees its memory.</summary>
    public void ClearGradient() =>
        Native.Check(Native.paa_tensor_set_gradient(Handle, TensorHandle.Missing), $"ClearGradient of {this}");

    /// <summary>Computes the derivative of this tensor by every leaf that requires it, and adds it to their gradients.</summary>
    /// <param name="gradient">The derivative of the objective by this tensor, of the same shape; may be left out for one element. Borrowed.</param>
    /// <param name="keepGraph">Keep the recorded operations for another pass.</param>
    /// <exception cref="TorchException">Nothing was recorded, or the tensor has several elements and no gradient is given.</exception>
    public void Backward(Tensor? gradient = null, bool keepGraph = false) =>
        Native.Check(
            Native.paa_tensor_backward(Handle, gradient?.Handle ?? TensorHandle.Missing, keepGraph ? (byte)1 : (byte)0),
            $"Backward from {this}");

    /// <summary>The same memory as a tensor that is not part of the recorded graph.</summary>
    public Tensor Detach() => Aten.Detach.Invoke(this);
}

/// <summary>Records no operations for <see cref="Tensor.Backward"/> on this thread until disposed. May be nested.</summary>
public sealed class NoGrad : IDisposable
{
    readonly byte _previous = Native.paa_grad_mode();
    bool _ended;

    /// <summary>Switches recording off.</summary>
    public NoGrad() => Native.paa_set_grad_mode(0);

    /// <summary>Whether operations on this thread are recorded at the moment.</summary>
    public static bool IsRecording => Native.paa_grad_mode() != 0;

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        Native.paa_set_grad_mode(_previous);
    }
}
