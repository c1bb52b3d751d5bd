using System.Globalization;
using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>Process-wide settings and facts of libtorch: threads, random numbers, versions, live tensors, CUDA.</summary>
public static class TorchRuntime
{
    /// <summary>Threads that one operator uses on the CPU; starts at the number of cores, or OMP_NUM_THREADS where that is
    /// set.</summary>
    /// <remarks>Set for the whole process; inside <see cref="UseThreads"/> it reads that number. Neither reading nor setting it
    /// loads libtorch.</remarks>
    /// <exception cref="TorchException">Set to less than 1.</exception>
    public static int ThreadCount
    {
        get => IsLoaded ? Native.paa_threads() : NativeLoader.Threads > 0 ? NativeLoader.Threads : DefaultThreadCount;
        set
        {
            if (value < 1) throw new TorchException("number of threads", $"expected at least 1, got {value}");
            NativeLoader.Threads = value;
            if (IsLoaded) Native.Check(Native.paa_set_threads(value), "number of threads");
        }
    }

    /// <summary>Sets the threads of operators that the calling thread calls, until the result is disposed on it.</summary>
    /// <param name="count">At least 1.</param>
    /// <exception cref="TorchException">Less than 1.</exception>
    public static IDisposable UseThreads(int count)
    {
        if (count < 1) throw new TorchException("number of threads", $"expected at least 1, got {count}");
        Native.Check(Native.paa_set_own_threads(count, out var before), "number of threads");
        return new OwnThreads(before);
    }

    /// <summary>Whether libtorch is in the process. The first call that needs it loads it, which takes the dynamic linker and
    /// libtorch's own start a large part of a second.</summary>
    public static bool IsLoaded => NativeLoader.IsLoaded;

    /// <summary>Seeds the default generators of all devices.</summary>
    /// <param name="seed">Any number.</param>
    public static void ManualSeed(ulong seed) => Native.Check(Native.paa_manual_seed(seed), "seed");

    /// <summary>Tensors that are alive in native code because somebody holds their handle. A test that frees everything ends
    /// where it began.</summary>
    public static long LiveTensorCount => Native.paa_live_tensors();

    /// <summary>The libtorch version that the native library was built with.</summary>
    public static string Version => Native.Text(Native.paa_torch_version());

    /// <summary>How libtorch was built and how it computes in parallel, many lines.</summary>
    public static string BuildInfo => Native.Text(Native.paa_build_info());

    /// <summary>Whether convolutions are trained on the kernels of a oneDNN that libtorch shares, not on libtorch's own choice of
    /// kernels.</summary>
    public static bool TrainsOnOneDnn => Native.paa_trains_on_dnnl() != 0;

    /// <summary>The native library's file.</summary>
    public static string NativePath
    {
        get
        {
            _ = LiveTensorCount; // loads the library
            return NativeLoader.LoadedPath;
        }
    }

    /// <summary>The version of CUDA that the native library was built with, as "12.4"; null without.</summary>
    public static string? CudaVersion => Native.Text(Native.paa_cuda_version()) is { Length: > 0 } version ? version : null;

    /// <summary>Whether there is a CUDA device to use.</summary>
    public static bool CudaAvailable => CudaDeviceCount > 0;

    /// <summary>CUDA devices; 0 without CUDA.</summary>
    public static int CudaDeviceCount
    {
        get
        {
            Native.Check(Native.paa_cuda_devices(out var count), "CUDA devices");
            return count;
        }
    }

    /// <summary>Waits until a CUDA device has done everything asked of it. Read no clock before.</summary>
    /// <param name="device">The device's number.</param>
    public static void CudaSynchronize(int device = 0) => Native.Check(Native.paa_cuda_synchronize(device), "CUDA synchronise");

    /// <summary>Bytes of tensors on a CUDA device now.</summary>
    /// <param name="device">The device's number.</param>
    public static long CudaMemoryAllocated(int device = 0) => CudaMemory(device).Allocated;

    /// <summary>The most bytes of tensors there were on a CUDA device since the start or <see cref="CudaResetPeak"/>.</summary>
    /// <param name="device">The device's number.</param>
    public static long CudaMemoryPeak(int device = 0) => CudaMemory(device).Peak;

    /// <summary>Starts the measurement of <see cref="CudaMemoryPeak"/> anew.</summary>
    /// <param name="device">The device's number.</param>
    public static void CudaResetPeak(int device = 0) => Native.Check(Native.paa_cuda_reset_peak(device), "CUDA memory");

    static int DefaultThreadCount =>
        Environment.GetEnvironmentVariable("OMP_NUM_THREADS")?.Split(',')[0] is { } text
        && int.TryParse(text, CultureInfo.InvariantCulture, out var threads) && threads > 0
            ? threads
            : Environment.ProcessorCount;

    static (long Allocated, long Peak) CudaMemory(int device)
    {
        Native.Check(Native.paa_cuda_memory(device, out var allocated, out var peak), "CUDA memory");
        return (allocated, peak);
    }

    sealed class OwnThreads(int before) : IDisposable
    {
        public void Dispose() => Native.Check(Native.paa_set_own_threads(before, out _), "number of threads");
    }
}
