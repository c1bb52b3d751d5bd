using Paa.Torch.Internals;

namespace Paa.Torch.Distributed;

/// <summary>What carries the messages of a process group.</summary>
public enum Backend
{
    /// <summary>Gloo: tensors on the CPU, over TCP.</summary>
    Gloo = 1,

    /// <summary>NCCL: tensors on CUDA devices.</summary>
    Nccl = 2,
}

/// <summary>How values of several processes become one.</summary>
public enum Reduction
{
    /// <summary>The sum.</summary>
    Sum = 0,

    /// <summary>The smallest.</summary>
    Min = 1,

    /// <summary>The largest.</summary>
    Max = 2,
}

/// <summary>What this build can do.</summary>
public static class Backends
{
    /// <summary>Whether the native library was built with a backend.</summary>
    public static bool Has(Backend backend) => (Native.paa_distributed_backends() & (1 << (int)backend)) != 0;

    /// <summary>The version of libtorch's NCCL, as "2.22.3"; null without.</summary>
    public static string? NcclVersion => Native.Text(Native.paa_nccl_version()) is { Length: > 0 } version ? version : null;
}
