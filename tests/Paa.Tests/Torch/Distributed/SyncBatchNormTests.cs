using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Nn;

namespace Paa.Tests.Torch.Distributed;

/// <summary>Ranks with parts of a batch, of different sizes, normalise as one process with the whole batch does.</summary>
[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class SyncBatchNormTests
{
    const int Channels = 3;
    static readonly int[] Parts = [2, 1, 4];

    [Fact]
    public void Forward_OfParts_IsThatOfTheWhole()
    {
        var whole = Compute(null, first: 0, Parts.Sum());
        var parts = Ranks.Run(Parts.Length, group => Compute(group, Parts[..group.Rank].Sum(), Parts[group.Rank]));
        AssertClose(whole.Output, [.. parts.SelectMany(part => part.Output)]);
        AssertClose(whole.InputGradient, [.. parts.SelectMany(part => part.InputGradient)]);
        AssertClose(whole.WeightGradient, Sum(parts.Select(part => part.WeightGradient)));
        AssertClose(whole.BiasGradient, Sum(parts.Select(part => part.BiasGradient)));
        Assert.All(parts, part => AssertClose(whole.RunningMean, part.RunningMean));
        Assert.All(parts, part => AssertClose(whole.RunningVar, part.RunningVar));
    }

    sealed record Pass(float[] Output, float[] InputGradient, float[] WeightGradient, float[] BiasGradient, float[] RunningMean,
        float[] RunningVar);

    static Pass Compute(ProcessGroup? group, int first, int count)
    {
        const int Height = 5, Width = 4, Image = Channels * Height * Width;
        var random = new Random(3);
        var all = Enumerable.Range(0, Parts.Sum() * Image)
            .Select(i => (float)(random.NextDouble() * 4 + 100 * (i % 3 == 0 ? 1 : 0))).ToArray();
        var loss = Enumerable.Range(0, all.Length).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray();
        using var scope = new TensorScope();
        using var store = new ParameterStore();
        var norm = new BatchNorm2d(store.Root / "bn", Channels) { Processes = group };
        norm.Weight.Detach().CopyFrom<float>([0.5f, 1, 2]);
        var input = Tensor.From(all.AsSpan(first * Image, count * Image), count, Channels, Height, Width);
        input.RequiresGrad = true;
        var output = norm.Forward(input);
        output.Backward(Tensor.From(loss.AsSpan(first * Image, count * Image), count, Channels, Height, Width));
        return new Pass(output.Detach().ToArray<float>(), input.Gradient!.ToArray<float>(),
            norm.Weight.Gradient!.ToArray<float>(), norm.Bias.Gradient!.ToArray<float>(),
            store["bn.running_mean"].Tensor.ToArray<float>(), store["bn.running_var"].Tensor.ToArray<float>());
    }

    static float[] Sum(IEnumerable<float[]> parts) => parts.Aggregate((sum, part) => [.. sum.Zip(part, (a, b) => a + b)]);

    /// <summary>Values are of the order 1 (the running ones of 1000): sums in another order differ in the last digits.</summary>
    static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-5 * Math.Max(1, Math.Abs(expected[i])),
                $"[{i}]: expected {expected[i]}, got {actual[i]}");
    }
}
