using Paa.Torch.Internals;

namespace Paa.Torch;

/// <summary>A source of random numbers of one's own: nothing else in the process draws from it.</summary>
/// <remarks>Not thread-safe. Its numbers equal those of the device's default generator after <see
/// cref="TorchRuntime.ManualSeed"/> with the same seed.</remarks>
public sealed class Generator : IDisposable
{
    /// <summary>Creates a generator.</summary>
    /// <param name="seed">Any number; equal seeds give equal numbers.</param>
    /// <param name="device">Where the tensors are that it fills.</param>
    public Generator(ulong seed, Device device = default)
    {
        Native.Check(Native.paa_generator_create(device.Native, seed, out var result), "generator");
        Handle = new GeneratorHandle(result);
    }

    internal GeneratorHandle Handle { get; }

    /// <summary>Frees the generator.</summary>
    public void Dispose() => Handle.Dispose();
}
