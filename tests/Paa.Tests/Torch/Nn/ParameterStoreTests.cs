using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Nn;

public class ParameterStoreTests
{
    [Fact]
    public void Entries_AreInOrderOfConstructionWithDottedNames()
    {
        using var store = new ParameterStore();
        var layer = store.Root / "backbone" / "layer1.0";
        _ = new Conv2d(layer / "conv1", 3, 4, 3, new() { HasBias = false });
        _ = new BatchNorm2d(layer / "bn1", 4);
        layer.AddParameter("scale", [], 1);
        Assert.Equal("backbone.layer1.0.conv1.weight", store.Entries[0].Name);
        Assert.Equal("backbone.layer1.0.scale", store.Entries[^1].Name);
        Assert.Equal(4, store.Parameters.Count());
        Assert.Equal(3, store.Buffers.Count());
        Assert.Equal(2, store.Modules.Count);
        Assert.Equal([4L, 3, 3, 3], store["backbone.layer1.0.conv1.weight"].Tensor.Shape);
    }

    [Fact]
    public void Add_WithATakenName_IsRefused()
    {
        using var store = new ParameterStore();
        store.Root.AddParameter("weight", [2]);
        Assert.Contains("weight", Assert.Throws<ArgumentException>(() => store.Root.AddBuffer("weight", [2])).Message);
        Assert.Throws<KeyNotFoundException>(() => store["bias"]);
        Assert.False(store.TryFind("bias", out _));
    }

    [Fact]
    public void Parameters_OutliveTheScopeTheyAreMadeIn()
    {
        using var store = new ParameterStore();
        using (new TensorScope()) store.Root.AddParameter("weight", [2], 3);
        Assert.Equal([3f, 3], store["weight"].Tensor.ToArray<float>());
    }

    [Fact]
    public void IsTrainable_FreezesWeightsAndRefusesBuffers()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var weight = store.Root.AddParameter("weight", [2], 3);
        store.Root.AddBuffer("mean", [2]);
        (weight * weight).Sum().Backward();
        Assert.NotNull(weight.Gradient);
        store["weight"].IsTrainable = false;
        Assert.Null(weight.Gradient);
        Assert.False(weight.RequiresGrad);
        Assert.False(store["mean"].IsTrainable);
        Assert.Throws<InvalidOperationException>(() => store["mean"].IsTrainable = true);
    }

    [Fact]
    public void Train_ReachesEveryModule()
    {
        using var store = new ParameterStore();
        var norm = new GroupNorm(store.Root / "gn", 1, 2);
        Assert.True(norm.IsTraining);
        store.Train(false);
        Assert.False(norm.IsTraining);
    }
}
