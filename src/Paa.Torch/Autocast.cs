using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Mixed precision on this thread until disposed: convolutions and matrix products run in a 16-bit type, reductions and
/// losses in single precision, as PyTorch's autocast decides.</summary>
public sealed class Autocast : IDisposable
{
    readonly int _device;
    readonly byte _previousEnabled;
    readonly int _previousType;
    bool _ended;

    /// <summary>Switches mixed precision on.</summary>
    /// <param name="device">The device whose operations are meant.</param>
    /// <param name="type"><see cref="ScalarType.BFloat16"/>, or <see cref="ScalarType.Float16"/> on CUDA.</param>
    /// <exception cref="TorchException">The device has no mixed precision.</exception>
    public Autocast(Device device, ScalarType type = ScalarType.BFloat16)
    {
        _device = device.Type;
        Native.Check(Native.paa_autocast_begin(_device, (int)type, out _previousEnabled, out _previousType), "autocast");
    }

    /// <summary>Restores what was before, and frees the cast copies of weights when this was the outermost.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        Native.Check(Native.paa_autocast_end(_device, _previousEnabled, _previousType), "autocast");
    }
}
