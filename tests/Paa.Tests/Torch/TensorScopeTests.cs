using Paa.Torch;

namespace Paa.Tests.Torch;

[Collection("Native")]
public class TensorScopeTests
{
    [Fact]
    public void Dispose_FreesTemporaries()
    {
        using var live = new LiveTensorCheck();
        Tensor temporary;
        using (new TensorScope())
        {
            temporary = Tensor.Ones([2]);
            _ = (temporary + temporary) * 2;
        }
        Assert.True(temporary.IsDisposed);
    }

    [Fact]
    public void Keep_HandsTheResultToTheCaller()
    {
        using var live = new LiveTensorCheck();
        static Tensor Compute()
        {
            using var scope = new TensorScope();
            return scope.Keep(Tensor.Ones([2]) + 1);
        }
        using var result = Compute();
        Assert.Equal([2f, 2], result.ToArray<float>());
    }

    [Fact]
    public void Keep_InANestedScope_HandsToTheEnclosingOne()
    {
        using var live = new LiveTensorCheck();
        Tensor kept, temporary;
        using (new TensorScope())
        {
            using (var inner = new TensorScope())
            {
                temporary = Tensor.Ones([2]);
                kept = inner.Keep([temporary + 1])[0];
            }
            Assert.True(temporary.IsDisposed);
            Assert.Equal([2f, 2], kept.ToArray<float>());
        }
        Assert.True(kept.IsDisposed);
    }

    [Fact]
    public void Keep_OfATensorFromOutside_LeavesItWhereItIs()
    {
        using var live = new LiveTensorCheck();
        using var outside = Tensor.Ones([2]);
        using (var scope = new TensorScope()) scope.Keep(outside);
        Assert.False(outside.IsDisposed);
    }

    [Fact]
    public void Throw_FreesEverything()
    {
        using var live = new LiveTensorCheck();
        Assert.Throws<TorchException>(() =>
        {
            using var scope = new TensorScope();
            var x = Tensor.Ones([2, 3]);
            return scope.Keep(x.MatMul(x + 1));
        });
    }

    [Fact]
    public void Hold_TakesATensorOutOfEveryScope()
    {
        using var live = new LiveTensorCheck();
        Tensor held;
        using (new TensorScope())
        using (new TensorScope()) held = Tensor.Ones([2]).Hold();
        Assert.False(held.IsDisposed);
        held.Dispose();
    }

    [Fact]
    public void Scope_DoesNotSeeOtherThreads()
    {
        using var live = new LiveTensorCheck();
        Tensor? other = null;
        using (new TensorScope())
        {
            var thread = new Thread(() => other = Tensor.Ones([2]));
            thread.Start();
            thread.Join();
        }
        Assert.False(other!.IsDisposed);
        other.Dispose();
    }

    [Fact]
    public void Dispose_OutOfOrder_IsRefused()
    {
        using var outer = new TensorScope();
        using var inner = new TensorScope();
        Assert.Contains("innermost first", Assert.Throws<InvalidOperationException>(outer.Dispose).Message);
    }

    [Fact]
    public void Dispose_Twice_IsHarmless()
    {
        var scope = new TensorScope();
        var tensor = Tensor.Ones([2]);
        tensor.Dispose(); // before its scope ends
        scope.Dispose();
        scope.Dispose();
    }

    [Fact]
    public void Backward_ReleasesItsGraph()
    {
        using var live = new LiveTensorCheck();
        using var weight = Tensor.Ones([3]);
        weight.RequiresGrad = true;
        for (var i = 0; i < 3; i++)
        {
            using var scope = new TensorScope();
            (weight * weight).Sum().Backward();
        }
        using var gradient = weight.Gradient;
        Assert.Equal([6f, 6, 6], gradient!.ToArray<float>()); // three times 2
    }
}
