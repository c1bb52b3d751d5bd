using Paa.Torch;

namespace Paa.Training;

/// <summary>The most memory that a run took so far, as MMDetection logs it.</summary>
public static class PeakMemory
{
    const long Megabyte = 1 << 20;

    /// <summary>Megabytes of 2^20 bytes: on CUDA those of tensors, from the caching allocator (<c>torch.cuda.max_memory_allocated</c>), of this
    /// process's device; on the CPU the resident memory of the process.</summary>
    /// <param name="device">Where is trained.</param>
    public static long Megabytes(Device device)
    {
        if (device.IsCuda) return TorchRuntime.CudaMemoryPeak(device.Index) / Megabyte;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / Megabyte;
    }
}
