using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;

namespace Paa.Cli.Shared;

/// <summary>Applies <c>--device</c> and <c>--threads</c>, for one process alone or one of several.</summary>
static class Compute
{
    /// <summary>The device with a name; null means the CPU.</summary>
    /// <exception cref="UsageException">There is no such device.</exception>
    public static Device ParseDevice(string? name)
    {
        try
        {
            var device = name is null ? Device.Cpu : Device.Parse(name);
            if (device != Device.Cpu && !TorchRuntime.CudaAvailable)
                throw new UsageException($"--device {name}: this machine or this libtorch has no CUDA; see 'paa doctor'.");
            if (device.IsCuda && device.Index >= TorchRuntime.CudaDeviceCount)
                throw new UsageException(
                    $"--device {name}: the CUDA devices of this machine are cuda:0 to cuda:{TorchRuntime.CudaDeviceCount - 1}.");
            return device;
        }
        catch (FormatException)
        {
            throw new UsageException($"--device: expected cpu, cuda or cuda:INDEX, got '{name}'.");
        }
    }

    /// <summary>
    /// The configuration for one of the processes of a machine: <c>cuda</c> without an index becomes the device with the
    /// process's local rank.
    /// </summary>
    public static PaaConfig Place(PaaConfig config, World world) => config with { Device = Place(config.Device, world)! };

    /// <summary>The device for one of the processes of a machine.</summary>
    public static string? Place(string? device, World world) =>
        device == "cuda" && !world.IsSingle ? $"cuda:{world.LocalRank}" : device;

    /// <summary>The number of compute threads; with 0, the processes of a machine share its cores.</summary>
    public static int Threads(int threads, World? world = null) =>
        PaaConfig.ComputeThreads(threads, world?.LocalSize ?? 1);
}
