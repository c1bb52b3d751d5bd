using Paa.Boxes;
using Paa.Data;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Losses;

namespace Paa.Tests.Training.Losses;

[Collection("Native")]
public class PaaLossTests
{
    static readonly HeadOptions Head = new()
    {
        ClassCount = 2,
        Anchors = new AnchorOptions { Strides = [8, 16] },
    };

    [Fact]
    public void Forward_WithoutBoxes_LeavesOnlyTheClassificationLoss()
    {
        using var scope = new TensorScope();
        var outputs = Outputs(1, requiresGrad: true);
        var losses = Loss(outputs, [Target([], [])]);
        var values = losses.Read();
        Assert.True(values.Classification > 0);
        Assert.Equal((0f, 0f, 0), (values.BoxRegression, values.IouPrediction, values.PositiveCount));
        Assert.True(values.HasOverlap);
        losses.Total().Backward();
        // There is a gradient, so that every parameter has one.
        foreach (var map in outputs.BoxDeltas.Concat(outputs.IouLogits))
            Assert.All(map.Gradient!.ToArray<float>(), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Forward_DividesTheClassificationLossByImages_WhenTheyOutnumberPositives()
    {
        using var scope = new TensorScope();
        var one = Loss(Outputs(1), [Target([], [])]).Read().Classification;
        var two = Loss(Outputs(2), [Target([], []), Target([], [])]).Read().Classification;
        Assert.Equal(one, two, 1e-5f);
    }

    [Fact]
    public void Forward_OfIdenticalLogits_IsTheSumOfFocalTermsByHand()
    {
        using var scope = new TensorScope();
        var outputs = Outputs(1);
        foreach (var map in outputs.ClassLogits) map.FillInPlace(0); // p = 0.5: 0.75 * 0.25 * ln 2 for each anchor and class
        var anchorCount = Grid.Count;
        var expected = 0.75 * 0.25 * Math.Log(2) * anchorCount * Head.ClassCount;
        Assert.Equal(expected, Loss(outputs, [Target([], [])]).Read().Classification, expected * 1e-5);
    }

    [Fact]
    public void Forward_IgnoresAnchorsBeyondTheImagesOwnPadding()
    {
        using var scope = new TensorScope();
        var outputs = Outputs(1);
        var whole = Loss(outputs, [Target([], [])]).Read().Classification;
        var half = Loss(outputs, [Target([], [], new ImageSize(64, 32))]).Read().Classification;
        Assert.True(half < whole && half > 0);
    }

    [Fact]
    public void Forward_WhenNoPredictedBoxMeetsItsObject_ReportsItAndGivesNoBoxLoss()
    {
        using var scope = new TensorScope();
        var outputs = Outputs(1, requiresGrad: true);
        using (new NoGrad())
            foreach (var map in outputs.BoxDeltas) map.Slice(1, 0, 1).FillInPlace(1000); // every box far to the right
        var losses = Loss(outputs, [Target([new Box(8, 8, 40, 40)], [1])]);
        var values = losses.Read();
        Assert.True(values.PositiveCount > 0);
        Assert.False(values.HasOverlap);
        Assert.Equal(0, values.BoxRegression);
        losses.Total().Backward();
        foreach (var map in outputs.BoxDeltas)
            Assert.All(map.Gradient!.ToArray<float>(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Forward_WithGap_TakesIgnoredAnchorsOutOfTheClassificationLoss()
    {
        using var scope = new TensorScope();
        var outputs = Outputs(1, spread: 6);
        Box[] boxes = [.. Enumerable.Range(0, 8).Select(i => new Box(4 * i, 2 * i, 4 * i + 30, 2 * i + 40))];
        var target = Target(boxes, [.. boxes.Select((_, i) => i % Head.ClassCount)]);
        var model = new ModelOptions { Head = Head, Assignment = new() { Separation = SeparationRule.PeakWithGap } };
        var gap = LossParts.Of(model, outputs, Grid, [target]);
        var peak = Loss(outputs, [target]);
        var ignored = gap.Assignments[0].Ignored;
        Assert.NotEmpty(ignored);
        Assert.Equal(peak.PositiveCount, gap.Losses.PositiveCount);
        Assert.True(gap.Losses.Read().Classification < peak.Read().Classification);
    }

    [Fact]
    public void Forward_LeavesNothingBehind()
    {
        var before = TorchRuntime.LiveTensorCount;
        using (new TensorScope())
        {
            var losses = Loss(Outputs(1, requiresGrad: true), [Target([new Box(8, 8, 40, 40)], [1])]);
            losses.Total().Backward();
        }
        Assert.Equal(before, TorchRuntime.LiveTensorCount);
    }

    static readonly AnchorGrid Grid = new AnchorGenerator(Head.Anchors).Grid(new ImageSize(64, 64));

    static PaaLosses Loss(HeadOutputs<Tensor> outputs, Sample[] samples) =>
        LossParts.Of(new() { Head = Head }, outputs, Grid, samples).Losses;

    static Sample Target(Box[] boxes, int[] labels, ImageSize? padShape = null) =>
        LossParts.Sample(boxes, labels, Grid, padShape ?? new ImageSize(64, 64));

    /// <summary>Small pseudo-random outputs, the same for every image.</summary>
    static HeadOutputs<Tensor> Outputs(int imageCount, bool requiresGrad = false, float spread = 1)
    {
        var random = new Random(1);
        return new HeadOutputs<Tensor>(Maps(Head.ClassCount), Maps(4), Maps(1));

        Tensor[] Maps(int channels) => [.. Head.Anchors.Strides.Select(stride =>
        {
            var side = 64 / stride;
            float[] values = [.. Enumerable.Range(0, channels * side * side)
                .Select(_ => ((float)random.NextDouble() - 0.5f) * spread)];
            var map = Tensor.Concat([.. Enumerable.Repeat(Tensor.From(values, 1, channels, side, side), imageCount)]);
            map.RequiresGrad = requiresGrad;
            return map;
        })];
    }
}
