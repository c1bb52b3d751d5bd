using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Torch;

public class DeformableConvolutionTests
{
    // Large: the function is linear in each single number between whole pixels.
    const double Step = 1e-4;

    /// <summary>Channels, height, width, results, kernel, stride, groups, deformable groups.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int> Shapes => new()
    {
        { 2, 5, 6, 3, 3, 1, 1, 1 },
        { 4, 7, 4, 4, 3, 2, 2, 1 },
        { 4, 6, 5, 2, 3, 1, 2, 4 },
        { 6, 4, 4, 3, 1, 1, 3, 2 },
        { 1, 1, 1, 1, 3, 1, 1, 1 },                      // one pixel: most of the taps are outside
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Apply_EqualsTheLoopsOfThePaper(
        int channels, int height, int width, int outChannels, int kernel, int stride, int groups, int deformGroups)
    {
        using var scope = new TensorScope();
        var naive = new NaiveDeformableConvolution(channels, height, width, outChannels, kernel, stride, groups, deformGroups);
        var arguments = Random(naive, images: 2);
        var actual = Apply(naive, arguments).ToArray<double>();
        var parts = arguments.Select(argument => argument.ToArray<double>()).ToArray();
        var length = actual.Length / 2;
        for (var image = 0; image < 2; image++)
        {
            var expected = naive.Apply(Half(parts[0], image), Half(parts[1], image), Half(parts[2], image), parts[3], parts[4]);
            for (var i = 0; i < length; i++) Assert.Equal(expected[i], actual[image * length + i], 1e-12);
        }

        static double[] Half(double[] all, int image) => all[(image * all.Length / 2)..((image + 1) * all.Length / 2)];
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Backward_EqualsCentralDifferences(
        int channels, int height, int width, int outChannels, int kernel, int stride, int groups, int deformGroups)
    {
        using var scope = new TensorScope();
        var naive = new NaiveDeformableConvolution(channels, height, width, outChannels, kernel, stride, groups, deformGroups);
        var arguments = Random(naive, images: 1);
        foreach (var argument in arguments) argument.RequiresGrad = true;
        Objective(arguments).Backward();
        using var noGrad = new NoGrad();
        foreach (var argument in arguments)
        {
            var gradient = argument.Gradient!.ToArray<double>();
            var values = argument.AsSpan<double>();
            for (var i = 0; i < gradient.Length; i++)
            {
                var value = values[i];
                values[i] = value + Step;
                var above = Objective(arguments).ToDouble();
                values[i] = value - Step;
                var below = Objective(arguments).ToDouble();
                values[i] = value;
                // rounding of a sum near 1000, over the step
                Assert.Equal((above - below) / (2 * Step), gradient[i], 1e-8 * (1 + Math.Abs(gradient[i])));
            }
        }

        Tensor Objective(Tensor[] changed)
        {
            var y = Apply(naive, changed).Flatten();
            return (y * (Tensor.Arange(y.Count).To(ScalarType.Float64) * 0.7 + 1)).Sum();
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 4)]
    public void Apply_WithoutOffsetsAndWithFactorsOfOne_EqualsConv2d(int stride, int groups)
    {
        using var scope = new TensorScope();
        TorchRuntime.ManualSeed(3);
        var input = Tensor.Empty([2, 8, 33, 21]).NormalInPlace();
        var weight = Tensor.Empty([8, 8 / groups, 3, 3]).NormalInPlace();
        var bias = Tensor.Empty([8]).NormalInPlace();
        var expected = Functional.Conv2d(input, weight, bias, stride, padding: 1, groups);
        var actual = DeformableConvolution.Apply(input, Tensor.Zeros([2, 18, expected.Height, expected.Width]),
            Tensor.Ones([2, 9, expected.Height, expected.Width]), weight, bias, stride, padding: 1, groups, deformGroups: 1);
        Assert.Equal(expected.Shape, actual.Shape);
        // positions are rounded in single precision: 33 pixels * 2^-24, times 72 products of normal numbers
        Assert.True((expected - actual).Abs().Max().ToDouble() < 1e-4);
    }

    [Fact]
    public void Apply_WithWrongChannels_SaysWhichOnes()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<ShapeException>(() =>
            DeformableConvolution.Apply(Tensor.Ones([1, 2, 4, 4]), Tensor.Zeros([1, 9, 4, 4]),
            Tensor.Ones([1, 9, 4, 4]), Tensor.Ones([2, 2, 3, 3]), null, stride: 1, padding: 1, groups: 1, deformGroups: 1));
        Assert.Contains("channels of the offsets", error.Message);
    }

    static Tensor Apply(NaiveDeformableConvolution shape, Tensor[] arguments) => DeformableConvolution.Apply(
        arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], shape.Stride, shape.Padding, shape.Groups,
        shape.DeformGroups);

    /// <summary>Input, offsets of up to 2.4 pixels that are never whole, mask, weight and bias.</summary>
    static Tensor[] Random(NaiveDeformableConvolution shape, int images)
    {
        var random = new Random(7);
        var planes = shape.DeformGroups * shape.Taps;
        return
        [
            Fill(_ => random.NextDouble() * 2 - 1, images, shape.Channels, shape.Height, shape.Width),
            Fill(_ => random.Next(-2, 2) + 0.1 + 0.8 * random.NextDouble(), images, 2 * planes, shape.OutHeight, shape.OutWidth),
            Fill(_ => random.NextDouble(), images, planes, shape.OutHeight, shape.OutWidth),
            Fill(_ => random.NextDouble() * 2 - 1, shape.OutChannels, shape.Channels / shape.Groups, shape.Kernel, shape.Kernel),
            Fill(_ => random.NextDouble() * 2 - 1, shape.OutChannels),
        ];

        static Tensor Fill(Func<int, double> value, params long[] shape) =>
            Tensor.From([.. Enumerable.Range(0, (int)shape.Aggregate((a, b) => a * b)).Select(value)], shape);
    }
}
