using System.Text;
using Paa.Torch;
using Paa.Torch.Distributed;

namespace Paa.Tests.Torch.Distributed;

[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class ProcessGroupTests
{
    [Theory]
    [InlineData(Reduction.Sum, new float[] { 6, 60 })]
    [InlineData(Reduction.Min, new float[] { 1, 10 })]
    [InlineData(Reduction.Max, new float[] { 3, 30 })]
    public void AllReduce_CombinesAllRanks(Reduction reduction, float[] expected)
    {
        var results = Ranks.Run(3, group =>
        {
            using var tensor = Tensor.From([group.Rank + 1f, 10 * (group.Rank + 1f)], 2);
            return group.AllReduce(tensor, reduction).ToArray<float>();
        });
        Assert.All(results, result => Assert.Equal(expected, result));
    }

    [Fact]
    public void Broadcast_GivesTheTensorOfTheRoot()
    {
        var results = Ranks.Run(3, group =>
        {
            using var tensor = Tensor.From([(long)group.Rank, 7], 2);
            return group.Broadcast(tensor, root: 2).ToArray<long>();
        });
        Assert.All(results, result => Assert.Equal([2, 7], result));
    }

    [Fact]
    public void AllGather_KeepsTheOrderOfRanks()
    {
        using var live = new LiveTensorCheck();
        var results = Ranks.Run(3, group =>
        {
            using var scope = new TensorScope();
            return group.AllGather(Tensor.Full([2], group.Rank)).Select(one => one.ToArray<float>()).ToArray();
        });
        Assert.All(results, result => Assert.Equal([[0, 0], [1, 1], [2, 2]], result));
    }

    [Fact]
    public void AllGather_OfBytes_TakesDifferentLengths()
    {
        string[] texts = ["", "one", "twenty-two"];
        var results = Ranks.Run(3, group => group.AllGather(Encoding.UTF8.GetBytes(texts[group.Rank])));
        Assert.All(results, result => Assert.Equal(texts, result.Select(Encoding.UTF8.GetString)));
    }

    [Fact]
    public void Barrier_NamesTheRanksThatDoNotCome()
    {
        var results = Ranks.Run(3, group =>
        {
            if (group.Rank == 1)
            {
                Thread.Sleep(1500);     // alive, and somewhere else
                return "";
            }
            return Assert.Throws<TorchException>(() => group.Barrier(TimeSpan.FromSeconds(0.5))).Message;
        });
        Assert.Contains("Ranks 1 failed to pass", results[0]);
    }

    [Fact]
    public void AllReduce_WithoutTheOthers_FailsAfterTheTimeout()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var results = Ranks.Run(2, group =>
        {
            using var tensor = Tensor.Ones([4]);
            if (group.Rank == 1)
            {
                Thread.Sleep(2500);
                return "";
            }
            return Assert.Throws<TorchException>(() => group.AllReduce(tensor)).Message;
        }, timeout: TimeSpan.FromSeconds(1));
        Assert.Contains("all-reduce of Float32[4]", results[0]);
        Assert.Contains("Timed out", results[0]);
        Assert.InRange(clock.Elapsed.TotalSeconds, 1, 15);
    }

    [Fact]
    public void Store_OverTcp_SharesValues()
    {
        using var server = Store.Tcp("127.0.0.1", 0, isServer: true, Ranks.Timeout);
        using var client = Store.Tcp("127.0.0.1", server.Port, isServer: false, Ranks.Timeout);
        AssertSharesValues(server, client);
    }

    [Fact]
    public void Store_InAFile_SharesValues()
    {
        using var folder = new TemporaryFolder();
        using var first = Store.File(folder["store"], 2, Ranks.Timeout);
        using var second = Store.File(folder["store"], 2, Ranks.Timeout);
        AssertSharesValues(first, second);
    }

    [Fact]
    public void Store_AtAPortWithoutServer_FailsAfterTheTimeout()
    {
        using var server = Store.Tcp("127.0.0.1", 0, isServer: true, Ranks.Timeout);
        var port = server.Port;
        server.Dispose();
        var error = Assert.Throws<TorchException>(() => Store.Tcp("127.0.0.1", port, isServer: false, TimeSpan.FromSeconds(1)));
        Assert.Contains($"store at 127.0.0.1:{port}", error.Message);
    }

    static void AssertSharesValues(Store one, Store other)
    {
        Assert.False(other.Has("key"));
        one.Set("key", "välue");
        Assert.True(other.Has("key"));
        Assert.Equal("välue", other.Get("key", Ranks.Timeout));
        Assert.Equal(2, one.Add("count", 2));
        Assert.Equal(5, other.Add("count", 3));
        using var part = other.Below("part");
        Assert.False(part.Has("key"));
        Assert.Throws<TorchException>(() => part.Get("key", TimeSpan.FromSeconds(0.2)));
    }
}
