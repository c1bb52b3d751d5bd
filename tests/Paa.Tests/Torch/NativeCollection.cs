namespace Paa.Tests.Torch;

/// <summary>Tests that count live tensors or change process-wide settings of libtorch: nothing else runs beside them.</summary>
[CollectionDefinition("Native", DisableParallelization = true)]
public sealed class NativeCollection;

/// <summary>Fails if a block leaves more or fewer live tensors than it found.</summary>
sealed class LiveTensorCheck : IDisposable
{
    readonly long _before = Paa.Torch.TorchRuntime.LiveTensorCount;

    public void Dispose() => Assert.Equal(_before, Paa.Torch.TorchRuntime.LiveTensorCount);
}
