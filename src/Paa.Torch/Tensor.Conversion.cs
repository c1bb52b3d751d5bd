using Paa.Checkpoints;

namespace Paa.Torch;

public sealed partial class Tensor
{
    const long ChannelsLast = 2; // c10::MemoryFormat

    /// <summary>A copy with its own memory; gradients flow through it.</summary>
    public Tensor Clone() => Aten.Clone.Invoke(this);

    /// <summary>The tensor on a device: itself if it is there, otherwise a copy. A new handle either way.</summary>
    /// <param name="device">Where to.</param>
    public Tensor To(Device device) => Aten.To.Invoke(this, Argument.None, Argument.None, device);

    /// <summary>The tensor on a device. The host does not wait for the copy if this tensor is in pinned memory, as in
    /// <see cref="Upload{T}(ReadOnlySpan{T}, Device, ReadOnlySpan{long})"/>. libtorch keeps that memory until the copy is done, even when
    /// the tensor is disposed before. Operations that follow on the device come after it; values that go from the device to the host
    /// are there only after <see cref="TorchRuntime.CudaSynchronize"/>.</summary>
    /// <param name="device">Where to.</param>
    /// <param name="nonBlocking">Do not wait.</param>
    public Tensor To(Device device, bool nonBlocking) => Aten.To.Invoke(this, Argument.None, Argument.None, device, Argument.None, nonBlocking);

    /// <summary>The tensor with elements of a type: itself if it has it, otherwise a copy. A new handle either way.</summary>
    /// <param name="type">The type.</param>
    public Tensor To(ScalarType type) => Aten.To.Invoke(this, type);

    /// <summary>An image batch [N, C, H, W] with the channels of a pixel side by side in memory, which convolutions often prefer.
    /// The shape stays; a new handle.</summary>
    public Tensor ToChannelsLast() => Aten.Contiguous.Invoke(this, ChannelsLast);

    /// <summary>Lays the elements of this tensor [N, C, H, W] out as <see cref="ToChannelsLast"/> does; the tensor stays the same one, with its
    /// place in networks and optimisers. Its memory is another one if it was not laid out so already.</summary>
    public void UseChannelsLast()
    {
        using var noGrad = new NoGrad();
        using var values = ToChannelsLast();
        Aten.SetData.Run(this, values);
    }
}
