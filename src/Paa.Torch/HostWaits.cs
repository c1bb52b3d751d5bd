using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Counts, until disposed, how often this thread waits for a device, or would if its tensors were on one.</summary>
/// <remarks>
/// A wait is a read of values (<see cref="Tensor.ToArray"/>, <see cref="Tensor.ToDouble"/>, ...), an operator whose result's size
/// depends on values, or a copy between devices that is not asynchronous. On the CPU, where nothing waits, reads count all the
/// same, so that tests find there what would hold up a GPU; <see cref="Tensor.AsSpan"/>, which exists on the CPU alone, does not
/// count. Backward passes are included. One count at a time in a process.
/// </remarks>
public sealed class HostWaits : IDisposable
{
    bool _ended;

    /// <summary>Begins at zero.</summary>
    /// <exception cref="TorchException">This thread is counting already.</exception>
    public HostWaits() => Native.Check(Native.paa_host_waits_begin(), "HostWaits");

    /// <summary>Waits so far.</summary>
    public long Count => Native.paa_host_waits();

    /// <summary>Ends the count.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        Native.Check(Native.paa_host_waits_end(), "HostWaits");
    }
}
