using Paa.Torch;
using Paa.Torch.Internals;

namespace Paa.Tests.Torch;

/// <summary>Tests that count live tensors or change process-wide settings of libtorch: nothing else runs beside them.</summary>
[CollectionDefinition("Native", DisableParallelization = true)]
public sealed class NativeCollection;

/// <summary>Fails if a block leaves more or fewer live tensors than it found. With PAA_TRACE_TENSORS=1 it tells where they were made.</summary>
sealed class LiveTensorCheck : IDisposable
{
    readonly long _before = TorchRuntime.LiveTensorCount;

    public void Dispose()
    {
        var after = TorchRuntime.LiveTensorCount;
        Assert.True(_before == after, $"{_before} live tensors before, {after} after. {TensorTrace.Describe()}");
    }
}
