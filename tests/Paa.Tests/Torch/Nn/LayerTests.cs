using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Nn;

public class LayerTests
{
    [Fact]
    public void Conv2d_MatchesHandComputation()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var conv = new Conv2d(store.Root / "conv", inChannels: 1, outChannels: 1, kernel: 3);
        Initialization.Constant(conv.Weight, 1);
        Initialization.Constant(conv.Bias!, 0.5);
        var y = conv.Forward(Tensor.Ones([1, 1, 3, 3]));
        Assert.Equal([4.5f, 6.5f, 4.5f, 6.5f, 9.5f, 6.5f, 4.5f, 6.5f, 4.5f], y.ToArray<float>());
    }

    [Theory]
    [InlineData(7, 2, 3, 8, 4)]
    [InlineData(3, 2, 1, 5, 3)]
    [InlineData(1, 1, 0, 5, 5)]
    public void Conv2d_PadsHalfTheKernel(int kernel, int stride, int padding, int size, int expected)
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var x = Tensor.Ones([1, 2, size, size]);
        var y = new Conv2d(store.Root / "a", 2, 4, kernel, new() { Stride = stride }).Forward(x);
        var z = new Conv2d(store.Root / "b", 2, 4, kernel, new() { Stride = stride, Padding = padding }).Forward(x);
        Assert.Equal([1L, 4, expected, expected], y.Shape);
        Assert.Equal(y.Shape, z.Shape);
    }

    [Fact]
    public void GroupNorm_NormalisesEachGroup()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var norm = new GroupNorm(store.Root / "gn", groups: 2, channels: 2);
        var y = norm.Forward(Tensor.From([1f, 3, 10, 30], 1, 2, 1, 2)).ToArray<float>();
        Assert.Equal([-1f, 1, -1, 1], y.Select(v => MathF.Round(v, 4)));
    }

    [Fact]
    public void GroupNorm_OfOneValue_IsAClearErrorInTrainingOnly()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var norm = new GroupNorm(store.Root / "head" / "gn", groups: 4, channels: 4);
        var error = Assert.Throws<ShapeException>(() => norm.Forward(Tensor.Ones([1, 4, 1, 1])));
        Assert.Contains("head.gn", error.Message);
        store.Train(false);
        Assert.Equal([1L, 4, 1, 1], norm.Forward(Tensor.Ones([1, 4, 1, 1])).Shape);
    }

    [Fact]
    public void GroupNorm_WithGroupsThatDoNotDivide_IsRefused()
    {
        using var store = new ParameterStore();
        var error = Assert.Throws<ArgumentException>(() => new GroupNorm(store.Root / "gn", 32, 48));
        Assert.Contains("48 channels do not divide into 32 groups", error.Message);
    }

    [Fact]
    public void Linear_MatchesHandComputation()
    {
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var linear = new Linear(store.Root / "fc", 2, 1);
        using (new NoGrad())
        {
            linear.Weight.CopyFrom<float>([2, -1]);
            linear.Bias!.FillInPlace(10);
        }
        Assert.Equal([10f, 13], linear.Forward(Tensor.From([1f, 2, 3, 3], 2, 2)).ToArray<float>());
    }

    [Fact]
    public void Functional_LayersMatchHandComputation()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([-1f, 2, -3, 4], 1, 1, 2, 2);
        Assert.Equal([0f, 2, 0, 4], Functional.Relu(x).ToArray<float>());
        Assert.Equal([4f], Functional.MaxPool2d(x, 2, 2).ToArray<float>());
        float[] doubled = [-1, -1, 2, 2, -1, -1, 2, 2, -3, -3, 4, 4, -3, -3, 4, 4];
        Assert.Equal(doubled, Functional.UpsampleNearest(x, 4, 4).ToArray<float>());
        var loss = Functional.BinaryCrossEntropyWithLogits(Tensor.From([0f, 100], 2), Tensor.From([1f, 0], 2)).ToArray<float>();
        Assert.Equal(MathF.Log(2), loss[0], 1e-6f);
        Assert.Equal(100, loss[1]); // no overflow of e^100
        Assert.Same(x, Functional.ReluInPlace(x));
        Assert.Equal([0f, 2, 0, 4], x.ToArray<float>());
    }

    [Fact]
    public void Initialization_HasTheStatedSpread()
    {
        TorchRuntime.ManualSeed(1);
        using var scope = new TensorScope();
        var weight = Tensor.Zeros([64, 32, 3, 3]);
        Initialization.KaimingNormal(weight);
        Assert.Equal(Math.Sqrt(2.0 / (64 * 9)), Math.Sqrt((weight * weight).Mean().ToDouble()), 3);
        Initialization.XavierUniform(weight);
        var limit = Math.Sqrt(6.0 / ((64 + 32) * 9));
        Assert.InRange(weight.Abs().Max().ToDouble(), limit * 0.99, limit);
    }
}
