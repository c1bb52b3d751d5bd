using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Losses;

namespace Paa.Tests.Training.Losses;

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
        var problem = new Problem(classCount, new FocalLossOptions { Gamma = gamma, Alpha = 0.3, Weight = 1.7 });
        var expected = problem.OnDevice();
        Assert.True(CandidateLosses.CanRead(problem.Outputs.ClassLogits) && CandidateLosses.CanRead(problem.Outputs.BoxDeltas));
        var losses = problem.OnHost();
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
        var expected = problem.OnDevice();
        var losses = problem.OnHost();
        for (var i = 0; i < losses.Length; i++)
        {
            Assert.True(float.IsFinite(losses[i]));
            Assert.Equal(expected[i], losses[i], 2e-6 * Math.Abs(expected[i]) + 1e-6);
        }
    }

    [Fact]
    public void Compute_GivesNaN_OnlyForCandidatesWithANaNLogit()
    {
        using var scope = new TensorScope();
        var problem = new Problem(classCount: 5, new FocalLossOptions());
        problem.Outputs.ClassLogits.AsSpan<float>()[problem.FirstImage.Anchors[7] * 5 + 2] = float.NaN;
        var losses = problem.OnHost();
        Assert.Equal([7], Enumerable.Range(0, losses.Length).Where(i => float.IsNaN(losses[i])));
    }

    /// <summary>Two images of one box each on a small grid, with random outputs.</summary>
    sealed class Problem
    {
        readonly CandidateLosses _losses;
        readonly AnchorGrid _grid;
        readonly Sample[] _samples;

        public Problem(int classCount, FocalLossOptions focal)
        {
            var random = new Random(classCount);
            var head = new HeadOptions
            {
                ClassCount = classCount,
                ClassificationLoss = focal,
                Anchors = new AnchorOptions { Strides = [8, 16] },
            };
            var size = new ImageSize(96, 128);
            _grid = new AnchorGenerator(head.Anchors).Grid(size);
            Box[][] boxes = [[new Box(10, 8, 70, 60)], [new Box(30, 20, 110, 90)]];
            _samples = [.. boxes.Select((own, i) => LossParts.Sample(own, [i % classCount], _grid, size))];
            Outputs = new FlatOutputs(Random(classCount, 6), Random(4, 2), Random(1, 2).Reshape(-1));
            _losses = new CandidateLosses(head);

            Tensor Random(int columns, float range) => Tensor.From(
                [.. Enumerable.Range(0, 2 * _grid.Count * columns).Select(_ => range * (2 * random.NextSingle() - 1))],
                2 * _grid.Count, columns);
        }

        public FlatOutputs Outputs { get; }

        public Candidates FirstImage => _samples[0].Candidates;

        /// <summary>Losses of both images, one after the other.</summary>
        public float[] OnHost() => [.. _losses.Compute(Outputs, _grid, _samples).SelectMany(image => image)];

        /// <summary>The same by libtorch.</summary>
        public float[] OnDevice() => [.. _losses.ComputeOnDevice(Outputs, _grid, _samples).SelectMany(image => image)];
    }
}
