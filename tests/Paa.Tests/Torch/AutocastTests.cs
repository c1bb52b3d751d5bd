using Paa.Checkpoints;
using Paa.Torch;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch;

/// <summary>Layers in bfloat16 by autocast, on the CPU: types, values and gradients beside single precision.</summary>
[Collection("Native")]
public sealed class AutocastTests
{
    /// <summary>bfloat16 has 8 bits of significand: each rounding is off by up to 1/256, sums of many average out.</summary>
    const double Tolerance = 0.02;

    /// <summary>Where rounding turns a value negative, ReLU cuts its whole gradient off; max pool gives it to a neighbour, a
    /// deformable tap reads other pixels.</summary>
    const double ChoiceTolerance = 0.15;

    public static TheoryData<string> Layers =>
    [
        "convolution", "1x1 convolution", "normalized convolution", "group norm", "batch norm by the batch",
        "batch norm by stored statistics", "folded batch norm", "deformable convolution", "max pool", "pyramid",
    ];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Layer_InBFloat16_FollowsSinglePrecision(string name)
    {
        using var scope = new TensorScope();
        var (result, gradients, _) = Differentiate(name, precision: null);
        var (rounded, roundedGradients, type) = Differentiate(name, ScalarType.BFloat16);
        // Convolutions are in 16 bits, and so is what follows them, except group norm.
        Assert.Equal(name == "group norm" ? ScalarType.Float32 : ScalarType.BFloat16, type);
        AssertClose(result, rounded, "result", Tolerance);
        Assert.NotEqual(result, rounded);
        var tolerance = name is "normalized convolution" or "max pool" or "deformable convolution" ? ChoiceTolerance : Tolerance;
        for (var i = 0; i < gradients.Length; i++) AssertClose(gradients[i], roundedGradients[i], $"gradient {i}", tolerance);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void CheckpointedSegment_InBFloat16_GivesTheSameGradients(bool isBackwardInside)
    {
        using var scope = new TensorScope();
        var plain = Differentiate((segment, x) => segment(x));
        var saved = Differentiate((segment, x) => ActivationCheckpoint.Run(segment, x));
        Assert.Equal(plain.Result, saved.Result);
        Assert.Equal(plain.Input, saved.Input);
        Assert.Equal(plain.Weight, saved.Weight);

        (float[] Result, float[] Input, float[] Weight) Differentiate(Func<Func<Tensor, Tensor>, Tensor, Tensor> run)
        {
            var (x, weight) = (Values(1, [1, 2, 5, 5]), Values(2, [2, 2, 3, 3]));
            x.RequiresGrad = weight.RequiresGrad = true;
            Tensor result;
            var types = new List<ScalarType>();
            var autocast = new Autocast(Device.Cpu);
            // The segment's first run is without gradients: the copy of the weight that it makes must not serve the second.
            result = run(y => Convolve(Functional.Relu(Convolve(y))), x * 1).To(ScalarType.Float32).Sum();
            if (!isBackwardInside) autocast.Dispose();
            result.Backward();
            autocast.Dispose();
            Assert.All(types, type => Assert.Equal(ScalarType.BFloat16, type));
            return (result.ToArray<float>(), x.Gradient!.ToArray<float>(), weight.Gradient!.ToArray<float>());

            Tensor Convolve(Tensor y)
            {
                var convolved = Functional.Conv2d(y, weight, padding: 1);
                types.Add(convolved.Type);
                return convolved;
            }
        }
    }

    [Fact]
    public void Unsupported_AsksLibtorch()
    {
        using var scope = new TensorScope();
        Assert.Null(Autocast.Unsupported(Device.Cpu, ScalarType.BFloat16));
        var reason = Autocast.Unsupported(Device.Cpu, ScalarType.Float16);
        if (TorchRuntime.Version.StartsWith("1.", StringComparison.Ordinal)) Assert.Contains("only support Bfloat16", reason);
        var x = Tensor.Ones([1, 2, 4, 4]);
        Assert.Equal(ScalarType.Float32, Functional.Conv2d(x, Tensor.Ones([2, 2, 3, 3])).Type);     // nothing stays switched on
    }

    static (float[] Result, float[][] Gradients, ScalarType Type) Differentiate(string name, ScalarType? precision)
    {
        using var store = new ParameterStore();
        Tensor output;
        var input = Values(1, [2, 32, 32, 32]);
        input.RequiresGrad = true;
        var layer = Layer(name, store.Root);
        store.Train();
        foreach (var (parameter, i) in store.Parameters.Select((parameter, i) => (parameter, i)))
        {
            using var noGrad = new NoGrad();
            var mean = parameter.Name.EndsWith("weight") ? 0.1 : 0;
            parameter.Tensor.CopyInPlace(Values(i + 2, parameter.Tensor.Shape) * 0.2 + mean);
        }
        using (precision is { } type ? new Autocast(Device.Cpu, type) : null) output = layer(input);
        Assert.Equal(precision is null ? ScalarType.Float32 : output.Type, output.Type);
        var wide = output.To(ScalarType.Float32);
        (wide * Values(99, wide.Shape)).Sum().Backward();
        Tensor[] leaves = [input, .. store.Parameters.Select(parameter => parameter.Tensor)];
        Assert.All(leaves, leaf => Assert.Equal(ScalarType.Float32, leaf.Gradient!.Type));
        return (wide.ToArray<float>(), Array.ConvertAll(leaves, leaf => leaf.Gradient!.ToArray<float>()), output.Type);
    }

    static Func<Tensor, Tensor> Layer(string name, ParameterPath path)
    {
        const int Channels = 32;
        var convolution = name == "deformable convolution" ? null
            : new Conv2d(path / "conv", Channels, Channels, kernel: name == "1x1 convolution" ? 1 : 3,
                new() { HasBias = !name.Contains("batch norm") });
        switch (name)
        {
            case "convolution" or "1x1 convolution":
                return x => convolution!.Forward(x);
            case "normalized convolution":
                var before = new GroupNorm(path / "gn", 8, Channels);
                var behind = new Conv2d(path / "behind", Channels, Channels, kernel: 3);
                return x => before.ForwardReluConv2d(convolution!.Forward(x), behind.Weight, behind.Bias, padding: 1);
            case "group norm":
                var group = new GroupNorm(path / "gn", 8, Channels);
                return x => group.Forward(convolution!.Forward(x));
            case "batch norm by the batch":
                var norm = new BatchNorm2d(path / "bn", Channels);
                return x => convolution!.Forward(x, norm);
            case "batch norm by stored statistics":
                var stored = new BatchNorm2d(path / "bn", Channels) { Mode = BatchNormMode.Eval };
                return x => stored.Forward(convolution!.Forward(x));
            case "folded batch norm":
                var folded = new BatchNorm2d(path / "bn", Channels) { Mode = BatchNormMode.Eval };
                return x => convolution!.Forward(x, folded);
            case "deformable convolution":
                var deformable = new ModulatedDeformConv2d(path / "conv", Channels, Channels, kernel: 3);
                return x => deformable.Forward(x);
            case "max pool":
                return x => Functional.MaxPool2d(convolution!.Forward(x), kernel: 3, stride: 2, padding: 1);
            default:
                return x =>
                {
                    var fine = convolution!.Forward(x);
                    var coarse = convolution.Forward(Functional.MaxPool2d(x, kernel: 2, stride: 2));
                    return fine.AddInPlace(Functional.UpsampleNearest(coarse, fine.Height, fine.Width));
                };
        }
    }

    static Tensor Values(int seed, long[] shape)
    {
        var random = new Random(seed);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        foreach (ref var value in values.AsSpan()) value = random.NextSingle() * 2 - 1;
        return Tensor.From(values, shape);
    }

    static void AssertClose(float[] expected, float[] actual, string what, double tolerance)
    {
        var scale = Math.Sqrt(expected.Sum(value => (double)value * value) / expected.Length);
        var error = Math.Sqrt(expected.Zip(actual, (a, b) => ((double)a - b) * (a - b)).Sum() / expected.Length);
        Assert.True(error <= tolerance * scale, $"{what}: off by {error}, of values around {scale}");
    }
}
