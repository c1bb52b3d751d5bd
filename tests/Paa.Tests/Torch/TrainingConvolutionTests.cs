using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Torch;

/// <summary>Single precision may go through kernels of its own; double precision goes through libtorch's.</summary>
public class TrainingConvolutionTests
{
    const double Tolerance = 1e-5; // of the joint norm: Winograd's transforms cost some 1e-6, in either direction

    /// <summary>Batch, inputs, outputs, height, width, kernel, stride.</summary>
    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        { 2, 64, 64, 24, 32, 3, 1 },
        { 1, 64, 128, 29, 37, 3, 1 },   // no multiple of a tile
        { 2, 40, 20, 32, 40, 3, 1 },    // no multiple of a block of channels
        { 2, 256, 5, 20, 24, 3, 1 },
        { 1, 64, 64, 3, 5, 3, 1 },      // too small for Winograd
        { 2, 64, 64, 25, 33, 3, 2 },
        { 2, 64, 256, 13, 17, 1, 1 },
        { 1, 30, 7, 13, 17, 1, 1 },
        { 2, 256, 128, 14, 18, 1, 2 },
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Conv2d_EqualsDoublePrecision(int batch, int inputs, int outputs, int height, int width, int kernel, int stride)
    {
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(7);
        Tensor[] values =
        [
            Normal(batch, inputs, height, width),
            Normal(outputs, inputs, kernel, kernel) * (1 / Math.Sqrt(inputs * kernel * kernel)),
            Normal(outputs),
        ];
        foreach (var relu in (bool[])[false, true])
            foreach (var bias in (bool[])[false, true])
                AssertSame(values[..(bias ? 3 : 2)], x => Functional.Conv2d(
                    x[0], x[1], bias ? x[2] : null, stride, kernel / 2, relu: relu));
    }

    [Theory, MemberData(nameof(Shapes))]
    public void NormalizedConv2d_EqualsDoublePrecision(int batch, int inputs, int outputs, int height, int width, int kernel,
        int stride)
    {
        if (stride != 1) return;
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(8);
        var groups = inputs % 32 == 0 ? 32 : 10;
        Tensor[] values =
        [
            Normal(batch, inputs, height, width), Normal(inputs), Normal(inputs),
            Normal(outputs, inputs, kernel, kernel) * (1 / Math.Sqrt(inputs * kernel * kernel)), Normal(outputs),
        ];
        AssertSame(values, x => Functional.NormalizedConv2d(x[0], groups, x[1], x[2], x[3], x[4], kernel / 2));
        var separately = Functional.Conv2d(
            Functional.Relu(Functional.GroupNorm(values[0], groups, values[1], values[2])), values[3], values[4],
            padding: kernel / 2);
        AssertClose(separately.To(ScalarType.Float64), Functional.NormalizedConv2d(
            values[0], groups, values[1], values[2], values[3], values[4], kernel / 2), "without a graph");
    }

    [Fact]
    public void Conv2d_LeavesOutGradientsThatNobodyWants()
    {
        using var scope = new TensorScope();
        var (x, weight) = (Normal(1, 64, 32, 32), Normal(64, 64, 3, 3));
        weight.RequiresGrad = true;
        Functional.Conv2d(x, weight, padding: 1).Sum().Backward();
        Assert.NotNull(weight.Gradient);
        Assert.Null(x.Gradient);
    }

    /// <summary>Result and gradients in both precisions. Each value of the result weighs as much as it is large: values within
    /// rounding of zero, which a ReLU may treat either way, do not count.</summary>
    static void AssertSame(Tensor[] values, Func<Tensor[], Tensor> function)
    {
        var (expected, expectedGradients) = Differentiate(ScalarType.Float64);
        var (actual, gradients) = Differentiate(ScalarType.Float32);
        AssertClose(expected, actual, "result");
        for (var i = 0; i < gradients.Length; i++) AssertClose(expectedGradients[i], gradients[i], $"gradient of argument {i}");

        (Tensor Result, Tensor[] Gradients) Differentiate(ScalarType type)
        {
            var arguments = Array.ConvertAll(values, value => value.To(type).Clone().Detach());
            foreach (var argument in arguments) argument.RequiresGrad = true;
            var result = function(arguments);
            (result * result).Sum().Backward();
            return (result, Array.ConvertAll(arguments, argument => argument.Gradient!));
        }
    }

    static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        var error = (expected - actual.To(ScalarType.Float64)).Norm().ToDouble() / expected.Norm().ToDouble();
        Assert.True(error < Tolerance, $"{what}: relative error {error:E1}");
    }

    static Tensor Normal(params ReadOnlySpan<long> shape)
    {
        var tensor = Tensor.Zeros(shape);
        return tensor.NormalInPlace(0, 1);
    }
}
