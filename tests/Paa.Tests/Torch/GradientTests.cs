using Paa.Torch;

namespace Paa.Tests.Torch;

/// <summary>Compares analytic gradients with central differences in double precision.</summary>
public class GradientTests
{
    const double Step = 1e-6;
    const double Tolerance = 1e-7; // error of a central difference: step squared, and rounding over step

    public static TheoryData<string> Cases => [.. Functions.Keys];

    static readonly Dictionary<string, Func<Tensor, Tensor>> Functions = new()
    {
        ["exp log"] = x => x.Exp() + (x * x + 1).Log(),
        ["sqrt pow abs"] = x => (x * x + 1).Sqrt() + x.Pow(3) + x.Abs(),
        ["sigmoid rsqrt"] = x => x.Sigmoid() * (x * x + 1).ReciprocalSqrt(),
        ["quotient"] = x => 1.5 / (x * x + 2) - (3 - x) / (x + 10),
        ["clamp"] = x => x.Clamp(-0.5, 0.6) + x.Clamp(max: 0.1),
        ["extremes"] = x => x.Maximum(-x) + x.Minimum(x * x) + x.Max() - x.Max(1, keepDim: true).Values,
        ["where"] = x => Tensor.Where(x.Greater(0.2), x * x, -x),
        ["shape"] = x => Tensor.Concat([x.Transpose(0, 1).Reshape(2, 3), x.Slice(0, 0, 2).Expand(2, 3)], 1).Flatten() * 2,
        ["index"] = x => x.IndexSelect(1, Tensor.From([2L, 0, 2], 3)) * x.Gather(1, Tensor.From([0L, 1, 2, 2, 1, 0], 2, 3)),
        ["reduce"] = x => x.Sum(0, keepDim: true) * x.Mean() + x.Norm() * x,
        ["matmul"] = x => x.MatMul(x.Transpose(0, 1)),
        ["conv"] = x => Functional.Conv2d(x.Reshape(1, 1, 2, 3), Weight([2, 1, 3, 3]), Weight([2]), padding: 1),
        ["batch norm"] = x => Functional.BatchNorm(x.Reshape(3, 1, 1, 2), Weight([1]), Weight([1]), null, null, training: true),
        ["group norm"] = x => Functional.GroupNorm(x.Reshape(1, 2, 1, 3), 2, Weight([2]), Weight([2])),
        ["linear"] = x => Functional.Linear(x, Weight([4, 3]), Weight([4])),
        ["pool"] = x => Functional.MaxPool2d(Functional.UpsampleNearest(x.Reshape(1, 1, 2, 3), 4, 6), 3, 2, 1),
        ["bce"] = x => Functional.BinaryCrossEntropyWithLogits(x, Weight([2, 3]).Sigmoid()),
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Backward_EqualsCentralDifferences(string name)
    {
        using var scope = new TensorScope();
        double[] values = [0.31, -0.72, 0.53, 0.94, -0.25, 0.16];
        var x = Tensor.From(values, 2, 3);
        x.RequiresGrad = true;
        Objective(name, x).Backward();
        var gradient = x.Gradient!.ToArray<double>();
        for (var i = 0; i < values.Length; i++)
        {
            double At(double value)
            {
                double[] moved = [.. values];
                moved[i] = value;
                return Objective(name, Tensor.From(moved, 2, 3)).ToDouble();
            }
            var difference = (At(values[i] + Step) - At(values[i] - Step)) / (2 * Step);
            Assert.Equal(difference, gradient[i], Tolerance * (1 + Math.Abs(difference)));
        }
    }

    [Fact]
    public void Backward_AddsUpAndClearGradientForgets()
    {
        using var scope = new TensorScope();
        var x = Tensor.Scalar(3);
        x.RequiresGrad = true;
        Assert.Null(x.Gradient);
        var y = x * x;
        y.Backward(keepGraph: true);
        y.Backward();
        Assert.Equal(12, x.Gradient!.ToDouble());
        x.ClearGradient();
        Assert.Null(x.Gradient);
    }

    [Fact]
    public void Backward_TakesAGradientForSeveralElements()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, 2], 2);
        x.RequiresGrad = true;
        (x * x).Backward(Tensor.From([10f, 100], 2));
        Assert.Equal([20f, 400], x.Gradient!.ToArray<float>());
    }

    [Fact]
    public void NoGrad_AndDetach_StopRecording()
    {
        using var scope = new TensorScope();
        var x = Tensor.Scalar(3);
        x.RequiresGrad = true;
        Assert.False((x.Detach() * 2).RequiresGrad);
        using (new NoGrad())
        {
            using (new NoGrad()) Assert.False(NoGrad.IsRecording);
            Assert.False((x * 2).RequiresGrad);
        }
        Assert.True(NoGrad.IsRecording);
        Assert.True((x * 2).RequiresGrad);
    }

    /// <summary>A weighted sum, so that every element's derivative counts differently.</summary>
    static Tensor Objective(string name, Tensor x)
    {
        var y = Functions[name](x).Flatten();
        return (y * Weight([y.Count])).Sum();
    }

    static Tensor Weight(long[] shape)
    {
        var values = new double[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++) values[i] = Math.Cos(1 + 2 * i);
        return Tensor.From(values, shape);
    }
}
