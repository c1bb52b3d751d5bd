using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Nn;

public class BatchNorm2dTests
{
    const float Tolerance = 1e-6f; // a handful of float operations on values near 1

    static Tensor Input() => Tensor.From([1f, 3, 5, 7, -1, 1, 1, 3], 2, 2, 1, 2); // channel 0: 1 3 -1 1, channel 1: 5 7 1 3

    static (ParameterStore, BatchNorm2d) Make(BatchNormMode mode)
    {
        var store = new ParameterStore();
        var norm = new BatchNorm2d(store.Root / "bn", 2) { Mode = mode };
        using var noGrad = new NoGrad();
        norm.Weight.CopyFrom<float>([2, 0.5f]);
        norm.Bias.CopyFrom<float>([1, -1]);
        store["bn.running_mean"].Tensor.CopyFrom<float>([0.5f, 2]);
        store["bn.running_var"].Tensor.CopyFrom<float>([4, 0.25f]);
        return (store, norm);
    }

    [Fact]
    public void Names_AreThoseOfPyTorch()
    {
        using var store = new ParameterStore();
        _ = new BatchNorm2d(store.Root / "bn1", 2);
        Assert.Equal(
            ["bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked"],
            store.Entries.Select(entry => entry.Name));
        Assert.Equal(ScalarType.Int64, store["bn1.num_batches_tracked"].Tensor.Type);
    }

    [Fact]
    public void Train_UsesTheBatchAndUpdatesTheStatistics()
    {
        using var scope = new TensorScope();
        var (store, norm) = Make(BatchNormMode.Train);
        using var _ = store;
        var y = norm.Forward(Input()).ToArray<float>();
        // channel 0 has mean 1, variance 2: (3 - 1) / sqrt(2) * 2 + 1
        Assert.Equal(1, y[0], Tolerance);
        Assert.Equal(1 + 4 / MathF.Sqrt(2.00001f), y[1], 1e-5f);
        Assert.Equal(0.9f * 0.5f + 0.1f * 1, store["bn.running_mean"].Tensor.ToArray<float>()[0], Tolerance);
        Assert.Equal(0.9f * 4 + 0.1f * 8 / 3, store["bn.running_var"].Tensor.ToArray<float>()[0], Tolerance); // unbiased: 8 / 3
        Assert.Equal(1, store["bn.num_batches_tracked"].Tensor.ToInt64());
    }

    [Theory]
    [InlineData(BatchNormMode.Eval)]
    [InlineData(BatchNormMode.Frozen)]
    public void StoredStatistics_AreUsedAndStay(BatchNormMode mode)
    {
        using var scope = new TensorScope();
        var (store, norm) = Make(mode);
        using var _ = store;
        var y = norm.Forward(Input()).ToArray<float>();
        Assert.Equal((1 - 0.5f) / 2 * 2 + 1, y[0], 1e-5f);
        Assert.Equal((5 - 2) / 0.5f * 0.5f - 1, y[2], 1e-4f); // eps 1e-5 beside a variance of 0.25
        Assert.Equal([0.5f, 2], store["bn.running_mean"].Tensor.ToArray<float>());
        Assert.Equal(0, store["bn.num_batches_tracked"].Tensor.ToInt64());
    }

    [Fact]
    public void Evaluation_UsesStoredStatisticsInEveryMode()
    {
        using var scope = new TensorScope();
        var (store, norm) = Make(BatchNormMode.Train);
        using var _ = store;
        store.Train(false);
        Assert.Equal(1.5f, norm.Forward(Input()).ToArray<float>()[0], 1e-5f);
        Assert.Equal(0, store["bn.num_batches_tracked"].Tensor.ToInt64());
    }

    [Fact]
    public void Frozen_HasNoAffineGradients_EvalHas()
    {
        using var scope = new TensorScope();
        foreach (var mode in new[] { BatchNormMode.Eval, BatchNormMode.Frozen })
        {
            var (store, norm) = Make(mode);
            using var _ = store;
            var x = Input();
            x.RequiresGrad = true;
            norm.Forward(x).Sum().Backward();
            Assert.Equal(mode == BatchNormMode.Frozen, norm.Weight.Gradient is null);
            Assert.Equal(mode == BatchNormMode.Frozen, norm.Bias.Gradient is null);
            Assert.Equal(1, x.Gradient!.ToArray<float>()[0], 1e-5f); // weight / sigma = 2 / 2
        }
    }

    [Fact]
    public void Mode_BackFromFrozen_TrainsAgain()
    {
        var (store, norm) = Make(BatchNormMode.Frozen);
        using var _ = store;
        Assert.False(store["bn.weight"].IsTrainable);
        norm.Mode = BatchNormMode.Train;
        Assert.True(store["bn.weight"].IsTrainable);
    }

    [Fact]
    public void Train_OnOneValuePerChannel_IsAClearError()
    {
        using var scope = new TensorScope();
        var (store, norm) = Make(BatchNormMode.Train);
        using var _ = store;
        var error = Assert.Throws<ShapeException>(() => norm.Forward(Tensor.Ones([1, 2, 1, 1])));
        Assert.Contains("bn: batch statistics", error.Message);
    }

    [Theory]
    [InlineData(BatchNormMode.Train)]
    [InlineData(BatchNormMode.Eval)]
    [InlineData(BatchNormMode.Frozen)]
    public void FoldedIntoConvolution_EqualsConvolutionThenNorm(BatchNormMode mode)
    {
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(3);
        var (store, norm) = Make(mode);
        using var _ = store;
        var conv = new Conv2d(store.Root / "conv", 3, 2, 3, new() { HasBias = false });
        Initialization.KaimingNormal(conv.Weight);
        var x = Tensor.Empty([2, 3, 5, 5]).NormalInPlace();
        x.RequiresGrad = true;
        var target = Tensor.Empty([2, 2, 5, 5]).NormalInPlace();

        float[][] Run(Func<Tensor> forward)
        {
            foreach (var entry in store.Parameters) entry.Tensor.ClearGradient();
            x.ClearGradient();
            var y = forward();
            (y * target).Sum().Backward();
            Tensor?[] tensors = [y, x.Gradient, conv.Weight.Gradient, norm.Weight.Gradient, norm.Bias.Gradient];
            return [.. tensors.Select(tensor => tensor?.ToArray<float>() ?? [])];
        }

        var folded = Run(() => conv.Forward(x, norm));
        var plain = Run(() => norm.Forward(conv.Forward(x)));
        foreach (var (actual, expected) in folded.Zip(plain))
        {
            Assert.Equal(expected.Length, actual.Length);
            for (var i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-4f * (1 + Math.Abs(expected[i])));
        }
    }
}
