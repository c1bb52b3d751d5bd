using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch;

/// <summary>Weights from and to files.</summary>
[Collection("Native")]
public class StoredTensorsTests
{
    [Fact]
    public void CopyTo_OverwritesAWeight_WithoutARecordForGradients()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2, 3]);
        StoredTensor.From<float>([1, 2, 3, 4, 5, 6], 2, 3).CopyTo(weight);
        Assert.Equal([1f, 2, 3, 4, 5, 6], weight.ToArray<float>());
        (weight * weight).Sum().Backward();
        Assert.Equal([2f, 4, 6, 8, 10, 12], weight.Gradient!.ToArray<float>());
        StoredTensor.From<float>([6, 5, 4, 3, 2, 1], 2, 3).CopyTo(weight);
        Assert.Equal([6f, 5, 4, 3, 2, 1], weight.ToArray<float>());
        Assert.True(weight.RequiresGrad);
    }

    [Fact]
    public void CopyTo_TakesOnlyValuesOfTheShape_OfAnyType()
    {
        using var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2]);
        Assert.Throws<ShapeException>(() => StoredTensor.From<float>([1, 2, 3], 3).CopyTo(weight));
        StoredTensor.From<Half>([(Half)0.5, (Half)2], 2).CopyTo(weight);
        Assert.Equal([0.5f, 2], weight.ToArray<float>());
    }

    [Fact]
    public void ToStored_OfAnyLayout_IsInRowOrder()
    {
        using var tensor = Tensor.From<float>([1, 2, 3, 4, 5, 6], 2, 3);
        using var turned = tensor.Transpose(0, 1);
        var stored = turned.ToStored();
        Assert.Equal([3L, 2], stored.Shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], stored.ToArray<float>());
        using var back = stored.ToTensor();
        Assert.Equal([1f, 4, 2, 5, 3, 6], back.ToArray<float>());
    }

    [Fact]
    public void Dispose_OfAStore_EndsItsWeights()
    {
        var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2]);
        store.Dispose();
        Assert.True(weight.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => weight * 2);
        store.Dispose();
    }
}
