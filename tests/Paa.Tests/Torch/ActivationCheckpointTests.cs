using Paa.Torch;

namespace Paa.Tests.Torch;

public class ActivationCheckpointTests
{
    [Fact]
    public void Run_GivesTheSameResultAndGradients()
    {
        using var scope = new TensorScope();
        var plain = Differentiate((segment, x) => segment(x));
        var calls = 0;
        var saved = Differentiate((segment, x) => ActivationCheckpoint.Run(y =>
        {
            calls++;
            Assert.Equal(calls == 2, ActivationCheckpoint.IsRecomputing);
            return segment(y);
        }, x));
        Assert.Equal(2, calls);
        Assert.False(ActivationCheckpoint.IsRecomputing);
        Assert.Equal(plain.Result, saved.Result);
        Assert.Equal(plain.Input, saved.Input);
        Assert.Equal(plain.Weight, saved.Weight);
    }

    [Fact]
    public void Run_OnAnInputWithoutGradient_StillReachesTheParameters()
    {
        using var scope = new TensorScope();
        var (x, weight) = (Tensor.From([2f, 3], 2), Tensor.From([5f, 7], 2));
        weight.RequiresGrad = true;
        ActivationCheckpoint.Run(y => y * weight, x).Sum().Backward();
        Assert.Equal([2f, 3], weight.Gradient!.ToArray<float>());
        Assert.Null(x.Gradient);
    }

    [Fact]
    public void Run_WithoutRecording_CallsOnce()
    {
        using var scope = new TensorScope();
        using var noGrad = new NoGrad();
        var calls = 0;
        ActivationCheckpoint.Run(y => { calls++; return y * 2; }, Tensor.Scalar(1));
        Assert.Equal(1, calls);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]         // in the backward pass
    public void Run_OfASegmentThatThrows_TellsItsMessage(int failingCall)
    {
        using var scope = new TensorScope();
        var x = Tensor.Scalar(3);
        x.RequiresGrad = true;
        var calls = 0;
        var error = Assert.Throws<TorchException>(() => ActivationCheckpoint.Run(
            y => ++calls == failingCall ? throw new InvalidOperationException("the cat is on the wire") : y * y, x).Backward());
        Assert.Contains("the cat is on the wire", error.Message);
        Assert.False(ActivationCheckpoint.IsRecomputing);
    }

    static (float[] Result, float[] Input, float[] Weight) Differentiate(Func<Func<Tensor, Tensor>, Tensor, Tensor> run)
    {
        var (x, weight) = (Tensor.From([1f, -2, 3], 3), Tensor.From([0.5f, 4, -1], 3));
        x.RequiresGrad = weight.RequiresGrad = true;
        var result = run(y => (y * weight).Exp() * y, x * 2);
        result.Sum().Backward();
        return (result.ToArray<float>(), x.Gradient!.ToArray<float>(), weight.Gradient!.ToArray<float>());
    }
}
