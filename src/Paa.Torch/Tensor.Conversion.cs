namespace Paa.Torch;

public sealed partial class Tensor
{
    const long ChannelsLast = 2; // c10::MemoryFormat

    /// <summary>A copy with its own memory; gradients flow through it.</summary>
    public Tensor Clone() => Aten.Clone.Invoke(this);

    /// <summary>The elements in row-major order: this tensor again if they are, otherwise a copy. A new handle either way.</summary>
    public Tensor Contiguous() => Aten.Contiguous.Invoke(this);

    /// <summary>The tensor on a device: itself if it is there, otherwise a copy. A new handle either way.</summary>
    /// <param name="device">Where to.</param>
    public Tensor To(Device device) => Aten.To.Invoke(this, Argument.None, Argument.None, device);

    /// <summary>The tensor with elements of a type: itself if it has it, otherwise a copy. A new handle either way.</summary>
    /// <param name="type">The type.</param>
    public Tensor To(ScalarType type) => Aten.To.Invoke(this, type);

    /// <summary>An image batch [N, C, H, W] with the channels of a pixel side by side in memory, which convolutions often prefer.
    /// The shape stays; a new handle.</summary>
    public Tensor ToChannelsLast() => Aten.Contiguous.Invoke(this, ChannelsLast);
}
