using Paa.Checkpoints;
using Paa.Torch;

namespace Paa.Tests.Torch;

[Collection("Native")]
public class OperatorTests
{
    [Fact]
    public void Find_OfAnUnknownName_IsAnError()
    {
        var error = Assert.Throws<TorchException>(() => Operator.Find("aten::no_such_thing"));
        Assert.StartsWith("aten::no_such_thing:", error.Message);
        Assert.Throws<TorchException>(() => new Operator("aten::add.NoSuchOverload").Invoke());
    }

    [Fact]
    public void Invoke_FillsInDefaults()
    {
        using var scope = new TensorScope();
        var flatten = Operator.Find("aten::flatten.using_ints"); // (self, int start_dim=0, int end_dim=-1)
        Assert.Equal([6L], flatten.Invoke(Tensor.Ones([1, 2, 3])).Shape);
        Assert.Equal([1L, 6], flatten.Invoke(Tensor.Ones([1, 2, 3]), 1).Shape);
    }

    [Fact]
    public void Invoke_GuidesArgumentsByTheSchema()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, 2, 3, 4], 1, 1, 2, 2);
        // float from an integer, int[2] from one integer, bool, optional, string
        Assert.Equal([1f, 1], Operator.Find("aten::clamp").Invoke(Tensor.From([1f, 3], 2), Argument.None, 1).ToArray<float>());
        Assert.Equal([4f], Operator.Find("aten::max_pool2d").Invoke(x, 2).ToArray<float>());
        Assert.Equal([1L, 1, 1, 2], Operator.Find("aten::sum.dim_IntList").Invoke(x, 2, true).Shape);
        Assert.Equal([3f, 3], Operator.Find("aten::full").Invoke(new long[] { 2 }, 3, ScalarType.Float32).ToArray<float>());
        var quantile = Operator.Find("aten::quantile.scalar").Invoke(x.Flatten(), 0.75, Argument.None, false, "nearest");
        Assert.Equal(3, quantile.ToDouble());
    }

    [Fact]
    public void InvokeMany_FlattensLists()
    {
        using var live = new LiveTensorCheck();
        using var scope = new TensorScope();
        // More than fit in the first batch of results.
        var parts = Operator.Find("aten::split.Tensor").InvokeMany(Tensor.Arange(20), 1);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), parts.Select(part => part.ToInt64()));
        Assert.Equal(2, Operator.Find("aten::max.dim").InvokeMany(Tensor.Ones([2, 3]), 1).Length);
        Assert.Empty(Operator.Find("aten::_foreach_add_.Scalar").InvokeMany(parts, 1));
    }

    [Fact]
    public void Invoke_OfAnOperatorWithTwoResults_IsAnErrorAndLeaksNothing()
    {
        using var live = new LiveTensorCheck();
        using var x = Tensor.Ones([2, 3]);
        Assert.Contains("2 results", Assert.Throws<TorchException>(() => Operator.Find("aten::max.dim").Invoke(x, 1)).Message);
    }

    [Fact]
    public void Invoke_WithAScalarResult_GivesRankZero()
    {
        using var scope = new TensorScope();
        Assert.Equal(3, Operator.Find("aten::item").Invoke(Tensor.Scalar(3)).ToDouble());
        Assert.True(Operator.Find("aten::equal").Invoke(Tensor.Ones([2]), Tensor.Ones([2])).ToArray<bool>()[0]);
    }

    [Fact]
    public void InvokeInPlace_ReturnsItsFirstArgument()
    {
        using var live = new LiveTensorCheck();
        using var x = Tensor.Ones([2]);
        Assert.Same(x, Operator.Find("aten::sigmoid_").InvokeInPlace(x));
    }

    [Fact]
    public void Invoke_TakesListsOfTensors_WithNoneAmongThem()
    {
        using var scope = new TensorScope();
        var x = Tensor.From([1f, 2, 3, 4, 5, 6], 2, 3);
        var (rows, columns) = (Tensor.From([1L, 0], 2), Tensor.From([2L, 0], 2));
        var index = Operator.Find("aten::index.Tensor");
        Assert.Equal([6f, 1], index.Invoke(x, new Tensor?[] { rows, columns }).ToArray<float>());
        Assert.Equal([3f, 1, 6, 4], index.Invoke(x, new Tensor?[] { null, columns }).ToArray<float>());
        var put = Operator.Find("aten::index_put_");
        put.InvokeInPlace(x, new Tensor?[] { Tensor.From([1L, 1], 2), columns }, Tensor.From([10f, 20], 2), true);
        Assert.Equal([1f, 2, 3, 24, 5, 16], x.ToArray<float>());
    }

    [Fact]
    public void Failure_NamesOperatorShapesAndReason()
    {
        using var scope = new TensorScope();
        var error = Assert.Throws<TorchException>(() => Tensor.Ones([2, 3]).MatMul(Tensor.Ones([4, 5])));
        Assert.StartsWith("aten::matmul(Float32[2, 3], Float32[4, 5]): ", error.Message);
        Assert.Contains("2x3 and 4x5", error.Message);
        Assert.DoesNotContain("frame #", error.Message);
    }

    [Theory]
    [InlineData("aten::exp", "argument 'self' is missing")]
    [InlineData("aten::add.Tensor", "argument 'self' is Tensor, got double")]
    [InlineData("aten::reshape", "argument 'self' is Tensor, got double")]
    public void WrongArguments_AreNamed(string name, string message)
    {
        var op = Operator.Find(name);
        var error = Assert.Throws<TorchException>(() => name == "aten::exp" ? op.Invoke() : op.Invoke(1.5, 2));
        Assert.Contains(message, error.Message);
    }

    [Fact]
    public void TooManyArguments_AreRefused()
    {
        using var x = Tensor.Ones([1]);
        Assert.Contains("at most 1", Assert.Throws<TorchException>(() => Operator.Find("aten::exp").Invoke(x, 1, 2)).Message);
    }

    [Fact]
    public void DisposedArgument_IsRefusedAndReleasesTheOthers()
    {
        using var live = new LiveTensorCheck();
        var x = Tensor.Ones([2]);
        var gone = Tensor.Ones([2]);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => x + gone);
        Assert.Throws<ObjectDisposedException>(() => Tensor.Concat([x, x, gone]));
        x.Dispose(); // would not free the tensor if a reference had stayed
    }

    [Fact]
    public void BackwardErrors_NameTheTensor()
    {
        using var scope = new TensorScope();
        Assert.Contains("Float32[2]", Assert.Throws<TorchException>(() => Tensor.Ones([2]).Backward()).Message);
        var x = Tensor.Ones([2]);
        x.RequiresGrad = true;
        Assert.Throws<TorchException>(() => (x * 2).Backward());
        Assert.Throws<TorchException>(() => Tensor.Arange(3).RequiresGrad = true);
        Assert.Throws<TorchException>(() => x.SetGradient(Tensor.Ones([3])));
    }
}
