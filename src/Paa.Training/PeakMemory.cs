using System.Diagnostics;
using Paa.Torch;

namespace Paa.Training;

/// <summary>Peak memory of training so far.</summary>
public static class PeakMemory
{
    const long Megabyte = 1 << 20;

    /// <summary>
    /// Peak in bytes. On CUDA: of tensors on this process's device, from the caching allocator
    /// (<c>torch.cuda.max_memory_allocated</c>). On the CPU: the resident memory of the process.
    /// </summary>
    /// <param name="device">The device used for training.</param>
    public static long Bytes(Device device)
    {
        if (device.IsCuda) return TorchRuntime.CudaMemoryPeak(device.Index);
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The same in megabytes of 2^20 bytes, as MMDetection logs it.</summary>
    /// <param name="device">The device used for training.</param>
    public static long Megabytes(Device device) => Bytes(device) / Megabyte;
}
