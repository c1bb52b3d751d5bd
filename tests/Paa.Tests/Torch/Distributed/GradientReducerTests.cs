using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Distributed;

/// <summary>y = w2 (w1 x), with another x on each rank: gradients are known on paper.</summary>
[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class GradientReducerTests
{
    [Fact]
    public void Backward_AveragesGradientsOverRanks()
    {
        var results = Ranks.Run(2, group =>
        {
            using var store = Network();
            using var reducer = new GradientReducer(group, [.. store.Parameters.Select(parameter => parameter.Tensor)]);
            float[][] gradients = [];
            for (var iteration = 0; iteration < 3; iteration++)         // the buckets are put in order after the first
                gradients = Step(store, reducer, x: group.Rank + 1, isReduced: true);
            return gradients;
        });
        // d/dw1 = w2 x and d/dw2 = w1 x with w1 = 2, w2 = 3, mean x = 1.5
        Assert.All(results, gradients => Assert.Equal([[4.5f], [3f]], gradients));
    }

    [Fact]
    public void Backward_WithoutPreparation_AddsUp_UntilAPreparedOne()
    {
        var results = Ranks.Run(2, group =>
        {
            using var store = Network();
            using var reducer = new GradientReducer(group, [.. store.Parameters.Select(parameter => parameter.Tensor)]);
            var own = Step(store, reducer, x: group.Rank + 1, isReduced: false);
            var all = Step(store, reducer, x: 10 * (group.Rank + 1), isReduced: true, isCleared: false);
            return (own, all);
        });
        Assert.Equal([[3f], [2f]], results[0].own);
        Assert.Equal([[6f], [4f]], results[1].own);
        Assert.All(results, result => Assert.Equal([[49.5f], [33f]], result.all));       // mean of 11 and 22 is 16.5
    }

    [Fact]
    public void Buckets_AreFilledToTheirSize()
    {
        var results = Ranks.Run(2, group =>
        {
            using var store = new ParameterStore();
            for (var i = 0; i < 6; i++) store.Root.AddParameter($"w{i}", [1024]);
            using var reducer = new GradientReducer(group, [.. store.Parameters.Select(parameter => parameter.Tensor)],
                bucketBytes: 8192, firstBucketBytes: 4096);
            return reducer.BucketBytes;
        });
        Assert.All(results, bytes => Assert.Equal(6 * 4096, bytes.Sum()));
        Assert.All(results, bytes => Assert.True(bytes.Length is 3 or 4, string.Join(", ", bytes)));
    }

    static ParameterStore Network()
    {
        var store = new ParameterStore();
        store.Root.AddParameter("w1", [1], 2);
        store.Root.AddParameter("w2", [1], 3);
        return store;
    }

    static float[][] Step(ParameterStore store, GradientReducer reducer, float x, bool isReduced, bool isCleared = true)
    {
        using var scope = new TensorScope();
        if (isCleared)
            foreach (var parameter in store.Parameters) parameter.Tensor.ClearGradient();
        if (isReduced) reducer.PrepareForward();
        var y = (store["w2"].Tensor * (store["w1"].Tensor * Tensor.From([x], 1))).Sum();
        if (isReduced) reducer.PrepareBackward();
        y.Backward();
        return [.. store.Parameters.Select(parameter => parameter.Tensor.Gradient!.ToArray<float>())];
    }
}
