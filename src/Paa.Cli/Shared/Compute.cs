using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;

namespace Paa.Cli.Shared;

/// <summary>Applies <c>--device</c> and <c>--threads</c>, alone or for one of several processes.</summary>
static class Compute
{
    /// <summary>The device of a name; the CPU without one.</summary>
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

    /// <summary>A configuration for one of the processes of a machine: <c>cuda</c> without an index is the device of its own
    /// number.</summary>
    public static PaaConfig Place(PaaConfig config, World world) => config with { Device = Place(config.Device, world)! };

    /// <summary>The device of one of the processes of a machine.</summary>
    public static string? Place(string? device, World world) =>
        device == "cuda" && !world.IsSingle ? $"cuda:{world.LocalRank}" : device;

    /// <summary>Threads that compute; 0 for all cores, which the processes of a machine share.</summary>
    public static int Threads(int threads, World? world = null) =>
        PaaConfig.ComputeThreads(threads, world?.LocalSize ?? 1);
}
