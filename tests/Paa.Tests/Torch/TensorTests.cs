using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Torch;

public class TensorTests
{
    static Tensor Matrix() => Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);

    [Fact]
    public void From_CopiesValues()
    {
        float[] values = [1, 2, 3];
        using var tensor = Tensor.From(values, 3);
        values[0] = 9;
        Assert.Equal([1, 2, 3], tensor.ToArray<float>());
        Assert.Equal(ScalarType.Float32, tensor.Type);
        Assert.Equal([3L], tensor.Shape);
    }

    [Fact]
    public void From_WithWrongCount_NamesShape()
    {
        var error = Assert.Throws<ShapeException>(() => Tensor.From([1f, 2, 3], 2, 2));
        Assert.Contains("[2, 2]", error.Message);
    }

    [Theory]
    [InlineData(ScalarType.UInt8, 1)]
    [InlineData(ScalarType.Int64, 8)]
    [InlineData(ScalarType.Float16, 2)]
    [InlineData(ScalarType.BFloat16, 2)]
    [InlineData(ScalarType.Bool, 1)]
    public void FromBytes_AndToBytes_RoundTrip(ScalarType type, int size)
    {
        byte[] bytes = [.. Enumerable.Range(0, 4 * size).Select(i => (byte)(i % 2))];
        using var tensor = Tensor.FromBytes(bytes, type, 4);
        Assert.Equal(type, tensor.Type);
        Assert.Equal(bytes, tensor.ToBytes());
    }

    [Fact]
    public void RankZeroAndEmpty_AreTensors()
    {
        using var scalar = Tensor.Scalar(2.5f);
        using var empty = Tensor.Zeros([0, 4]);
        Assert.Equal(0, scalar.Rank);
        Assert.Equal(2.5, scalar.ToDouble());
        Assert.Empty(empty.ToArray<float>());
        Assert.Equal([0L, 4L], empty.Shape);
    }

    [Fact]
    public void Shape_OfViews()
    {
        using var scope = new TensorScope();
        var x = Matrix();
        Assert.Equal([3L, 2L], x.Transpose(0, 1).Shape);
        Assert.Equal([1f, 4, 2, 5, 3, 6], x.Transpose(0, 1).ToArray<float>()); // row-major whatever the layout
        Assert.Equal([6L], x.Flatten().Shape);
        Assert.Equal([2L, 1, 3], x.Unsqueeze(1).Shape);
        Assert.Equal([2f, 3, 5, 6], x.Slice(1, 1, 3).ToArray<float>());
        Assert.Equal([4f, 5, 6], x.Select(0, -1).ToArray<float>());
        Assert.Equal([3L, 2L], x.Reshape(3, -1).Shape);
        Assert.Equal([2L, 2, 3], x.Unsqueeze(0).Expand(2, -1, -1).Shape);
        Assert.Equal([2L, 6], Tensor.Concat([x, x], 1).Shape);
        Assert.Equal([2L, 2, 3], Tensor.Stack([x, x]).Shape);
        Assert.Equal((2, 3), (x.Height, x.Width));
    }

    [Fact]
    public void Indexing_PicksAndWrites()
    {
        using var scope = new TensorScope();
        var x = Matrix();
        var index = Tensor.From([2L, 0], 2);
        Assert.Equal([3f, 1, 6, 4], x.IndexSelect(1, index).ToArray<float>());
        Assert.Equal([3f, 4], x.Gather(1, index.Unsqueeze(1)).ToArray<float>());
        x.ScatterInPlace(1, index.Unsqueeze(1), -1);
        Assert.Equal([1f, 2, -1, -1, 5, 6], x.ToArray<float>());
    }

    [Fact]
    public void Arithmetic_MatchesHandComputation()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, 2, 4], 3);
        var y = Tensor.From([2f, 2, 2], 3);
        Assert.Equal([3f, 4, 6], (x + y).ToArray<float>());
        Assert.Equal([-1f, 0, 2], (x - y).ToArray<float>());
        Assert.Equal([2f, 4, 8], (x * y).ToArray<float>());
        Assert.Equal([0.5f, 1, 2], (x / y).ToArray<float>());
        Assert.Equal([1f, 0, -2], (2 - x).ToArray<float>());
        Assert.Equal([2f, 1, 0.5f], (2.0 / x).ToArray<float>());
        Assert.Equal([-1f, -2, -4], (-x).ToArray<float>());
        Assert.Equal([5f, 6, 8], x.AddInPlace(y, 2).ToArray<float>());
        Assert.Equal([1.5f, 1.5f, 1.5f], x.FillInPlace(1.5).ToArray<float>());
    }

    [Fact]
    public void IntegerArithmetic_StaysInteger()
    {
        using var scope = new TensorScope();
        var x = Tensor.Arange(3);
        Assert.Equal([1L, 2, 3], (x + 1).ToArray<long>());
        Assert.Equal([0L, 3, 6], (x * 3).ToArray<long>());
        Assert.Equal(ScalarType.Float32, (x / 2).Type);
        Assert.Equal(3, x.Sum().ToInt64());
    }

    [Fact]
    public void Reductions_MatchHandComputation()
    {
        using var scope = new TensorScope();
        var x = Matrix();
        Assert.Equal(21, x.Sum().ToDouble());
        Assert.Equal([5f, 7, 9], x.Sum(0).ToArray<float>());
        Assert.Equal([2L, 1], x.Sum(-1, keepDim: true).Shape);
        Assert.Equal(3.5, x.Mean().ToDouble());
        var (values, indices) = x.Max(1);
        Assert.Equal([3f, 6], values.ToArray<float>());
        Assert.Equal([2L, 2], indices.ToArray<long>());
        Assert.Equal(Math.Sqrt(91), x.Norm().ToDouble(), 5);
        Assert.Equal(4, x.Greater(2).Sum().ToInt64());
    }

    [Fact]
    public void Selection_MatchesHandComputation()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, float.NaN, float.PositiveInfinity], 3);
        Assert.Equal([true, false, false], x.IsFinite().ToArray<bool>());
        Assert.Equal([1f, 0, 0], Tensor.Where(x.IsFinite(), x, Tensor.Scalar(0)).ToArray<float>());
        Assert.Equal([2f, 2], Tensor.From([1f, 2], 2).Maximum(Tensor.Scalar(2)).ToArray<float>());
    }

    [Fact]
    public void AsSpan_SharesMemory()
    {
        using var x = Matrix();
        x.AsSpan<float>()[4] = 50;
        Assert.Equal([1f, 2, 3, 4, 50, 6], x.ToArray<float>());
        using var transposed = x.Transpose(0, 1);
        Assert.Throws<InvalidOperationException>(() => transposed.AsSpan<float>().Length);
        Assert.Throws<InvalidOperationException>(() => x.AsSpan<double>().Length);
    }

    [Fact]
    public void CopyFrom_WritesInPlaceThroughViews()
    {
        using var x = Matrix();
        using var column = x.Select(1, 1);
        column.CopyFrom<float>([20, 50]);
        Assert.Equal([1f, 20, 3, 4, 50, 6], x.ToArray<float>());
        Assert.Throws<ShapeException>(() => column.CopyFrom<float>([1]));
        Assert.Throws<InvalidOperationException>(() => column.CopyFrom<double>([1, 2]));
    }

    [Fact]
    public void To_ConvertsTypes()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1.5f, -2.5f], 2);
        Assert.Equal([1L, -2], x.To(ScalarType.Int64).ToArray<long>());
        Assert.Equal([(Half)1.5f, (Half)(-2.5f)], x.To(ScalarType.Float16).ToArray<Half>());
        Assert.Equal([1.5, -2.5], x.To(Device.Cpu).To(ScalarType.Float64).ToArray<double>());
    }

    [Fact]
    public void ToChannelsLast_KeepsShapeAndOrder()
    {
        using var scope = new TensorScope();
        var x = Tensor.Arange(24).Reshape(1, 2, 3, 4);
        var y = x.ToChannelsLast();
        Assert.Equal(x.Shape, y.Shape);
        Assert.False(y.IsContiguous);
        Assert.Equal(x.ToArray<long>(), y.ToArray<long>());
    }

    [Fact]
    public void Dispose_MakesUseAnError()
    {
        var x = Matrix();
        x.Dispose();
        x.Dispose();
        Assert.True(x.IsDisposed);
        Assert.Throws<ObjectDisposedException>(() => x.Exp());
        Assert.Throws<ObjectDisposedException>(() => x.Shape);
    }

    [Fact]
    public void Meta_HasShapesWithoutMemory()
    {
        using var tensor = Tensor.Full([1 << 20, 1 << 20], 1, ScalarType.Float32, Device.Meta);
        tensor.RequiresGrad = true;
        Assert.Equal(1L << 40, tensor.Count);
        Assert.Equal("Float32[1048576, 1048576] meta", tensor.ToString());
    }
}
