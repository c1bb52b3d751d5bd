using System.Runtime.InteropServices;

namespace Paa.Torch.Internals;

/// <summary>paa_device of native/torch/paa_torch.h.</summary>
[StructLayout(LayoutKind.Sequential)]
readonly struct NativeDevice(int type, int index)
{
    public readonly int Type = type;
    public readonly int Index = index;
}

/// <summary>paa_tensor_info: what a tensor is. The pointers belong to the tensor.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct NativeTensorInfo
{
    public long* Sizes;
    public long* Strides;
    public void* Data;
    public long Count;
    public NativeDevice Device;
    public int Rank;
    public sbyte Type;
    public byte IsContiguous;
    public byte RequiresGrad;
    public byte IsLeaf;
}

/// <summary>paa_kind: which member of a <see cref="NativeArgument"/> is meant.</summary>
enum ArgumentKind
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    Device = 5,
    String = 6,
    Ints = 7,
    Doubles = 8,
    Tensors = 9,
    Generator = 10,
}

/// <summary>paa_argument: one argument of an operator, the same 16 bytes on both sides of the boundary.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
struct NativeArgument
{
    [FieldOffset(0)] public ArgumentKind Kind;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;
}
