using Paa.Configuration;
using Paa.Engines;
using Paa.Inference;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Cli.Commands;

/// <summary>Applies <c>--device</c>, <c>--engine</c> and <c>--threads</c>.</summary>
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
                throw new UsageException($"--device {name}: the CUDA devices of this machine are cuda:0 to cuda:{TorchRuntime.CudaDeviceCount - 1}.");
            return device;
        }
        catch (FormatException)
        {
            throw new UsageException($"--device: expected cpu, cuda or cuda:INDEX, got '{name}'.");
        }
    }

    /// <summary>How a network is computed, as the options of a command say it.</summary>
    /// <param name="engine">What <c>--engine</c> says: auto, onednn or torch.</param>
    /// <param name="precision">What <c>--precision</c> says.</param>
    /// <param name="device">What <c>--device</c> says; null: the CPU.</param>
    /// <param name="threads">What <c>--threads</c> says; 0 for all cores, which the processes of a machine share.</param>
    /// <param name="isAugmented">What <c>--tta</c> says.</param>
    /// <param name="world">The processes of the run; null: this one alone.</param>
    /// <exception cref="UsageException">There is no such device, or not for this engine.</exception>
    public static InferenceOptions Inference(
        string engine, string precision, string? device, int threads, bool isAugmented = false, World? world = null)
    {
        var place = ParseDevice(Place(device, world ?? World.Single));
        if (engine == "onednn" && !place.IsCpu)
            throw new UsageException($"--engine onednn: it computes on the CPU, not on {place}; use torch or auto.");
        return new InferenceOptions
        {
            Engines = engine switch
            {
                "onednn" => [InferenceEngine.OneDnn],
                "auto" when place.IsCpu => [InferenceEngine.OneDnn, new TorchEngine(place)],
                _ => [new TorchEngine(place)],
            },
            Precision = Enum.Parse<InferencePrecision>(precision, ignoreCase: true),
            ThreadCount = Threads(threads, world),
            TestTimeAugmentation = isAugmented,
        };
    }

    /// <summary>A configuration for one of the processes of a machine: <c>cuda</c> without an index is the device of its own number.</summary>
    public static PaaConfig Place(PaaConfig config, World world) => config with { Device = Place(config.Device, world)! };

    /// <summary>The device of one of the processes of a machine.</summary>
    public static string? Place(string? device, World world) => device == "cuda" && !world.IsSingle ? $"cuda:{world.LocalRank}" : device;

    /// <summary>Threads that compute; 0 for all cores, which the processes of a machine share.</summary>
    public static int Threads(int threads, World? world = null) =>
        PaaConfig.ComputeThreads(threads, world?.LocalSize ?? 1);
}
