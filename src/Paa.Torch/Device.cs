using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Where a tensor's memory is: the CPU (the default value), a CUDA device by index, or nowhere.</summary>
public readonly record struct Device
{
    const int CpuType = 0;
    const int CudaType = 1;
    const int MetaType = 14;

    Device(int type, int index) => (Type, Index) = (type, index);

    internal Device(NativeDevice device) : this(device.Type, device.Index)
    {
    }

    /// <summary>The host's memory.</summary>
    public static Device Cpu => default;

    /// <summary>Tensors of this device have a shape and a type, and no elements.</summary>
    public static Device Meta { get; } = new(MetaType, 0);

    /// <summary>A CUDA device.</summary>
    /// <param name="index">Its number, from 0.</param>
    public static Device Cuda(int index = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return new(CudaType, index);
    }

    /// <summary>Number among the devices of its kind; 0 for the CPU.</summary>
    public int Index { get; }

    /// <summary>Whether this is the host's memory.</summary>
    public bool IsCpu => Type == CpuType;

    /// <summary>Whether this is a CUDA device.</summary>
    public bool IsCuda => Type == CudaType;

    internal int Type { get; }

    internal NativeDevice Native => new(Type, Index);

    /// <summary>Reads "cpu", "cuda" or "cuda:1".</summary>
    /// <param name="text">The name, in lower case.</param>
    /// <exception cref="FormatException">The text names no device.</exception>
    public static Device Parse(string text)
    {
        if (text == "cpu") return Cpu;
        if (text == "cuda") return Cuda();
        if (text.StartsWith("cuda:", StringComparison.Ordinal) && ushort.TryParse(text.AsSpan(5), out var index))
            return Cuda(index);
        throw new FormatException($"\"{text}\" is not a device: write cpu, cuda or cuda:N.");
    }

    /// <summary>The name that <see cref="Parse"/> reads.</summary>
    public override string ToString() =>
        IsCpu ? "cpu" : IsCuda ? $"cuda:{Index}" : Type == MetaType ? "meta" : $"device {Type}:{Index}";
}
