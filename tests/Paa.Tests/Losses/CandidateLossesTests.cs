using System.Runtime.Intrinsics;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Losses;
using Paa.Models;
using Paa.Torch;

namespace Paa.Tests.Losses;

[Collection("Native")]
public class CandidateLossesTests
{
    [Theory]
    [InlineData(1, 2.0)]
    [InlineData(3, 2.0)]
    [InlineData(16, 1.5)]
    [InlineData(80, 2.0)]
    [InlineData(80, 0.0)]
    [InlineData(2500, 2.0)]
    public void OnTheHost_EqualsLibtorch(int classCount, double gamma)
    {
        using var scope = new TensorScope();
        var problem = new Problem(classCount, new FocalLossOptions { Gamma = gamma, Alpha = 0.3, LossWeight = 1.7 });
        var expected = problem.Losses.ComputeOnDevice(problem.Outputs, problem.Candidates);
        Assert.True(HostCandidateLosses.CanRead(problem.Outputs));
        var losses = problem.Losses.Compute(problem.Outputs, problem.Candidates);
        Assert.True(losses.Length > 50);
        // Single precision sums of classCount terms in another order.
        for (var i = 0; i < losses.Length; i++) Assert.Equal(expected[i], losses[i], 2e-6 * Math.Abs(expected[i]) + 1e-6);
    }

    [Theory]
    [InlineData(-100f)]
    [InlineData(-20f)]
    [InlineData(0f)]
    [InlineData(20f)]
    [InlineData(100f)]
    public void OnTheHost_IsFiniteAndEqualForExtremeLogits(float logit)
    {
        using var scope = new TensorScope();
        var problem = new Problem(classCount: 20, new FocalLossOptions());
        problem.Outputs.ClassLogits.FillInPlace(logit);
        var expected = problem.Losses.ComputeOnDevice(problem.Outputs, problem.Candidates);
        var losses = problem.Losses.Compute(problem.Outputs, problem.Candidates);
        for (var i = 0; i < losses.Length; i++)
        {
            Assert.True(float.IsFinite(losses[i]));
            Assert.Equal(expected[i], losses[i], 2e-6 * Math.Abs(expected[i]) + 1e-6);
        }
    }

    [Fact]
    public void ExpAndLog_AreExactToAFewRoundings()
    {
        for (var x = -86.9f; x <= 0; x += 0.0137f)
            Assert.Equal(1, HostCandidateLosses.ExpOfNegative(Vector512.Create(x))[0] / Math.Exp(x), 4e-7);
        for (var x = 1e-7f; x <= 1; x *= 1.003f)
            Assert.Equal(1, HostCandidateLosses.LogOfOnePlus(Vector512.Create(x))[0] / double.LogP1(x), 4e-7);
        Assert.Equal(0, HostCandidateLosses.ExpOfNegative(Vector512.Create(float.NegativeInfinity))[0]);
        Assert.Equal(1, HostCandidateLosses.ExpOfNegative(Vector512<float>.Zero)[0]);
        Assert.Equal(0, HostCandidateLosses.LogOfOnePlus(Vector512<float>.Zero)[0]);
        Assert.True(float.IsNaN(HostCandidateLosses.ExpOfNegative(Vector512.Create(float.NaN))[0]));
    }

    [Fact]
    public void Compute_GivesNaN_ForCandidatesWithALogitThatIsNoNumber_AndForNoOthers()
    {
        using var scope = new TensorScope();
        var problem = new Problem(classCount: 5, new FocalLossOptions());
        var row = problem.Candidates.Row(7);
        problem.Outputs.ClassLogits.AsSpan<float>()[row * 5 + 2] = float.NaN;
        var losses = problem.Losses.Compute(problem.Outputs, problem.Candidates);
        Assert.Equal([7], Enumerable.Range(0, losses.Length).Where(i => float.IsNaN(losses[i])));
    }

    /// <summary>Two images of one box each on a small grid, with random outputs.</summary>
    sealed class Problem
    {
        public Problem(int classCount, FocalLossOptions focal)
        {
            var random = new Random(classCount);
            var head = new PaaHeadOptions
            {
                NumClasses = classCount,
                LossCls = focal,
                AnchorGenerator = new AnchorOptions { Strides = [8, 16] },
            };
            var size = new ImageSize(96, 128);
            var grid = new AnchorGenerator(head.AnchorGenerator).Grid(size);
            Box[][] boxes = [[new Box(10, 8, 70, 60)], [new Box(30, 20, 110, 90)]];
            ImageTargets[] targets = [.. boxes.Select((own, i) => new ImageTargets(
                own, [i % classCount], new MaxIouMatcher(new()).Find(grid, size, own), size))];
            Candidates = AnchorRows.Candidates(grid, targets);
            Outputs = new FlatOutputs(Random(classCount, 6), Random(4, 2), Random(1, 2).Reshape(-1));
            Losses = new CandidateLosses(head);

            Tensor Random(int columns, float range) => Tensor.From(
                [.. Enumerable.Range(0, 2 * grid.Count * columns).Select(_ => range * (2 * random.NextSingle() - 1))],
                2 * grid.Count, columns);
        }

        public CandidateLosses Losses { get; }

        public FlatOutputs Outputs { get; }

        public AnchorRows Candidates { get; }
    }
}
