using Paa.Inference;
using Paa.Torch;

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
            return device;
        }
        catch (FormatException)
        {
            throw new UsageException($"--device: expected cpu, cuda or cuda:INDEX, got '{name}'.");
        }
    }

    /// <summary>The engine of a name, as <c>--engine</c> takes it.</summary>
    public static InferenceEngine ParseEngine(string name) => Enum.Parse<InferenceEngine>(name, ignoreCase: true);

    /// <summary>Sets the threads that compute; 0 for all cores.</summary>
    public static void UseThreads(int threads) => TorchRuntime.ThreadCount = threads > 0 ? threads : Environment.ProcessorCount;
}
