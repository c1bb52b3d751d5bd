using Paa.Checkpoints;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Mixed precision on this thread until disposed: convolutions and matrix products run in a 16-bit type, reductions and
/// losses in single precision, as PyTorch's autocast decides.</summary>
/// <remarks>A weight is cast at each use, not once for all: where several layers share it, its gradient is summed in single
/// precision. Group norm is in single precision on every device, as PyTorch has it on CUDA.</remarks>
public sealed class Autocast : IDisposable
{
    readonly int _device;
    readonly byte _previousEnabled;
    readonly int _previousType;
    bool _ended;

    /// <summary>Switches mixed precision on.</summary>
    /// <param name="device">The device whose operations are meant.</param>
    /// <param name="type"><see cref="ScalarType.BFloat16"/> or <see cref="ScalarType.Float16"/>; see
    /// <see cref="Unsupported"/>.</param>
    /// <exception cref="TorchException">The device has no mixed precision.</exception>
    public Autocast(Device device, ScalarType type = ScalarType.BFloat16)
    {
        _device = device.Type;
        Native.Check(Native.paa_autocast_begin(_device, (int)type, out _previousEnabled, out _previousType), "autocast");
    }

    /// <summary>Asks libtorch whether convolutions can be trained in a type on a device, by doing it on a few numbers: what
    /// exists depends on the version and the device (half precision on the CPU came with libtorch 2.x).</summary>
    /// <param name="device">The device.</param>
    /// <param name="type">The type.</param>
    /// <returns>Null if they can; otherwise libtorch's reason.</returns>
    public static string? Unsupported(Device device, ScalarType type)
    {
        using var scope = new TensorScope();
        try
        {
            var input = Tensor.Ones([1, 2, 4, 4], device: device);
            var weight = Tensor.Ones([2, 2, 3, 3], device: device);
            weight.RequiresGrad = true;
            Tensor output;
            using (new Autocast(device, type)) output = Functional.Conv2d(input, weight, padding: 1);
            output.To(ScalarType.Float32).Sum().Backward();
            return double.IsFinite(weight.Gradient!.Sum().ToDouble()) ? null : "its results are not finite";
        }
        catch (TorchException error)
        {
            return error.Message;
        }
    }

    /// <summary>Restores what was before.</summary>
    public void Dispose()
    {
        if (_ended) return;
        _ended = true;
        Native.Check(Native.paa_autocast_end(_device, _previousEnabled, _previousType), "autocast");
    }
}
