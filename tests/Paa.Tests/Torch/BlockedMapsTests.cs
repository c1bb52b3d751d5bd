using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Torch;

/// <summary>Layers on maps in blocks, beside the plain layers in double precision.</summary>
public class BlockedMapsTests
{
    const double Tolerance = 1e-5; // of the joint norm: Winograd's transforms cost some 1e-6, in either direction

    /// <summary>Batch, inputs, outputs, height, width, kernel, stride.</summary>
    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        { 2, 64, 64, 24, 32, 3, 1 },
        { 1, 64, 128, 29, 37, 3, 1 },   // no multiple of a tile
        { 2, 256, 5, 20, 24, 3, 1 },    // a result that is plain
        { 1, 64, 64, 3, 5, 3, 1 },      // too small for Winograd
        { 2, 64, 32, 25, 33, 3, 2 },
        { 2, 64, 256, 13, 17, 1, 1 },
        { 2, 256, 128, 14, 18, 1, 2 },
        { 2, 3, 32, 40, 44, 7, 2 },     // an image
        { 1, 40, 48, 9, 10, 3, 1 },     // a plain map of many channels
    };

    [Theory, MemberData(nameof(Shapes))]
    public void Conv2d_EqualsDoublePrecision(int batch, int inputs, int outputs, int height, int width, int kernel, int stride)
    {
        using var scope = new TensorScope();
        if (!ComputesInBlocks()) return;
        TorchRuntime.ManualSeed(7);
        var padding = kernel / 2;
        Tensor[] values =
        [
            Normal(batch, inputs, height, width),
            Normal(outputs, inputs, kernel, kernel) * (1 / Math.Sqrt(inputs * kernel * kernel)),
            Normal(outputs), Normal(outputs), Normal(batch, outputs, (height - 1) / stride + 1, (width - 1) / stride + 1),
        ];
        foreach (var relu in (bool[])[false, true])
        {
            AssertSame(values[..2],
                x => Activate(Functional.Conv2d(x[0], x[1], null, stride, padding), relu),
                x => Plain(BlockedMaps.Conv2d(Blocked(x[0]), x[1], stride: stride, padding: padding, relu: relu)));
            AssertSame(values,
                x => Activate(
                    Functional.Conv2d(x[0], x[1] * x[2].Reshape(-1, 1, 1, 1), x[3], stride, padding) + x[4], relu),
                x => Plain(BlockedMaps.Conv2d(Blocked(x[0]), x[1], x[2], x[3], Blocked(x[4]), stride, padding, relu)));
        }
    }

    [Theory, MemberData(nameof(Shapes))]
    public void NormalizedConv2d_EqualsDoublePrecision(
        int batch, int inputs, int outputs, int height, int width, int kernel, int stride)
    {
        using var scope = new TensorScope();
        if (!ComputesInBlocks() || stride != 1 || inputs % BlockedMaps.Channels != 0) return;
        TorchRuntime.ManualSeed(8);
        foreach (var groups in (int[])[32, 4])
        {
            Tensor[] values =
            [
                Normal(batch, inputs, height, width) + 3, Normal(inputs), Normal(inputs),
                Normal(outputs, inputs, kernel, kernel) * (1 / Math.Sqrt(inputs * kernel * kernel)), Normal(outputs),
            ];
            AssertSame(values,
                x => Functional.NormalizedConv2d(x[0], groups, x[1], x[2], x[3], x[4], kernel / 2),
                x => Plain(BlockedMaps.NormalizedConv2d(Blocked(x[0]), groups, x[1], x[2], x[3], x[4], kernel / 2)));
        }
    }

    [Fact]
    public void MaxPool2d_EqualsThePlainOne()
    {
        using var scope = new TensorScope();
        if (!ComputesInBlocks()) return;
        Tensor[] values = [Normal(2, 32, 21, 30)];
        AssertSame(values, x => Functional.MaxPool2d(x[0], 3, 2, 1), x => Plain(BlockedMaps.MaxPool2d(Blocked(x[0]), 3, 2, 1)));
        var withoutGraph = BlockedMaps.ToPlain(BlockedMaps.MaxPool2d(Blocked(values[0]), 3, 2, 1));
        Assert.Equal(Functional.MaxPool2d(values[0], 3, 2, 1).ToArray<float>(), withoutGraph.ToArray<float>());
    }

    [Theory, InlineData(14, 20), InlineData(13, 19)]
    public void UpsampleNearest_EqualsThePlainOne(int height, int width)
    {
        using var scope = new TensorScope();
        if (!ComputesInBlocks()) return;
        AssertSame([Normal(2, 32, 7, 10)],
            x => Functional.UpsampleNearest(x[0], height, width),
            x => Plain(BlockedMaps.UpsampleNearest(Blocked(x[0]), height, width)));
    }

    [Fact]
    public void Conv2d_LeavesOutGradientsThatNobodyWants()
    {
        using var scope = new TensorScope();
        if (!ComputesInBlocks()) return;
        var (x, weight, scale, bias) = (Normal(1, 64, 32, 32), Normal(64, 64, 3, 3), Normal(64), Normal(64));
        bias.RequiresGrad = true;                                    // the last of those that are given, behind an absent one
        BlockedMaps.Conv2d(Blocked(x), weight, bias: bias, padding: 1).Sum().Backward();
        Assert.NotNull(bias.Gradient);
        scale.RequiresGrad = true;                                   // a norm that trains behind frozen weights
        BlockedMaps.Conv2d(Blocked(x), weight, scale, padding: 1).Sum().Backward();
        Assert.NotNull(scale.Gradient);
        Assert.Null(weight.Gradient);
        Assert.Null(x.Gradient);
    }

    static bool ComputesInBlocks()
    {
        using var map = Tensor.Zeros([1, 16, 4, 4]);
        return BlockedMaps.Suit(map);
    }

    static Tensor Activate(Tensor map, bool relu) => relu ? Functional.Relu(map) : map;

    static Tensor Plain(Tensor map) => BlockedMaps.IsBlocked(map) ? BlockedMaps.ToPlain(map) : map;

    /// <summary>The map in blocks, with a way back for its gradient; plain where the channels make no blocks.</summary>
    static Tensor Blocked(Tensor map)
    {
        var (n, c, h, w) = (map.Size(0), map.Size(1), map.Size(2), map.Size(3));
        return c % BlockedMaps.Channels != 0 ? map
            : map.Reshape(n, c / BlockedMaps.Channels, BlockedMaps.Channels, h, w).Permute(0, 1, 3, 4, 2)
                .Reshape(-1).Reshape(n, c / BlockedMaps.Channels, h, w, BlockedMaps.Channels);
    }

    /// <summary>Result and gradients of both. Each value of the result weighs as much as it is large: values within rounding of
    /// zero, which a ReLU may treat either way, do not count.</summary>
    static void AssertSame(Tensor[] values, Func<Tensor[], Tensor> plain, Func<Tensor[], Tensor> blocked)
    {
        var (expected, expectedGradients) = Differentiate(ScalarType.Float64, plain);
        var (actual, gradients) = Differentiate(ScalarType.Float32, blocked);
        AssertClose(expected, actual, "result");
        for (var i = 0; i < gradients.Length; i++) AssertClose(expectedGradients[i], gradients[i], $"gradient of argument {i}");

        (Tensor Result, Tensor[] Gradients) Differentiate(ScalarType type, Func<Tensor[], Tensor> function)
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
        Assert.Equal(expected.Shape.ToArray(), actual.Shape.ToArray());
        var error = (expected - actual.To(ScalarType.Float64)).Norm().ToDouble() / expected.Norm().ToDouble();
        Assert.True(error < Tolerance, $"{what}: relative error {error:E1}");
    }

    static Tensor Normal(params ReadOnlySpan<long> shape)
    {
        var tensor = Tensor.Zeros(shape);
        return tensor.NormalInPlace(0, 1);
    }
}
