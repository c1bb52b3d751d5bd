using Paa.Torch.Internals;

namespace Paa.Torch;

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
