using System.Collections.Concurrent;
using Paa.Torch;
using Paa.Checkpoints;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Nn;

/// <summary>Weights that libtorch has not been asked for yet.</summary>
[Collection("Native")]
public class PendingWeightTests
{
    [Fact]
    public void AWeight_IsMadeWhenItIsFirstComputedWith()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var before = TorchRuntime.LiveTensorCount;
        var weight = store.Root.AddParameter("weight", [2, 3]);
        StoredTensor.From<float>([1, 2, 3, 4, 5, 6], 2, 3).CopyTo(weight);
        Assert.Equal([1f, 2, 3, 4, 5, 6], weight.ToArray<float>());
        Assert.Equal((2, 6, 3, ScalarType.Float32, "Float32[2, 3]"), (weight.Rank, weight.Count, weight.Size(-1), weight.Type, $"{weight}"));
        Assert.True(weight is { RequiresGrad: true, IsContiguous: true, IsDisposed: false, Device.IsCpu: true });
        Assert.Throws<ShapeException>(() => weight.Size(2));
        Assert.Equal(before, TorchRuntime.LiveTensorCount);

        (weight * weight).Sum().Backward();
        Assert.Equal([2f, 4, 6, 8, 10, 12], weight.Gradient!.ToArray<float>());
        Assert.Equal([1f, 2, 3, 4, 5, 6], weight.ToArray<float>());
        StoredTensor.From<float>([6, 5, 4, 3, 2, 1], 2, 3).CopyTo(weight);
        Assert.Equal([6f, 5, 4, 3, 2, 1], weight.ToArray<float>());
    }

    [Fact]
    public void AWeight_TakesValuesOfItsShapeOnly_AndOfAnyType()
    {
        using var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2]);
        Assert.Throws<ShapeException>(() => StoredTensor.From<float>([1, 2, 3], 3).CopyTo(weight));
        StoredTensor.From<Half>([(Half)0.5, (Half)2], 2).CopyTo(weight);
        Assert.Equal([0.5f, 2], weight.ToArray<float>());
        using var doubled = weight * 2;
        Assert.Equal([1f, 4], doubled.ToArray<float>());
    }

    [Fact]
    public void AWeight_ThatManyThreadsNeedAtOnce_IsMadeOnce()
    {
        for (var round = 0; round < 50; round++)
        {
            using var store = new ParameterStore();
            var weight = store.Root.AddParameter("weight", [100], 3);
            var before = TorchRuntime.LiveTensorCount;
            var handles = new ConcurrentBag<object>();
            Parallel.For(0, 8, _ => handles.Add(weight.Handle));
            Assert.Single(handles.Distinct());
            Assert.Equal(before + 1, TorchRuntime.LiveTensorCount);
        }
    }

    [Fact]
    public void Dispose_OfWeightsThatWereNeverMade_EndsThem()
    {
        var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2]);
        store.Dispose();
        Assert.True(weight.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => weight * 2);
        store.Dispose();
    }
}
