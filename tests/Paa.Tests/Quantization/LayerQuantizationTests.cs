using Paa.Engines;

namespace Paa.Tests.Quantization;

public sealed class LayerQuantizationTests
{
    [Fact]
    public void Steps_MakeTheLargestWeightOfEachOutput127()
    {
        float[] weights = [1.27f, -0.635f, 0.0049f, -254, 3.1f, 0];
        var layer = LayerQuantization.Of(weights, outputs: 2);
        Assert.Equal([0.01f, 2], layer.Scales, (expected, actual) => Math.Abs(expected - actual) < 1e-6);
        Assert.Equal<sbyte>([127, -64, 0, -127, 2, 0], layer.Round(weights));
    }

    [Fact]
    public void Outputs_WithoutWeights_HaveSomeStep()
    {
        var layer = LayerQuantization.Of([0, 0, 1e-44f, 0], outputs: 2);
        Assert.All(layer.Scales, step => Assert.True(step > 0 && float.IsFinite(step)));
        Assert.Equal<sbyte>([0, 0, 0, 0], layer.Round([0, 0, 1e-44f, 0]));
    }

    /// <summary>On an input that is constant, each output of the rounded layer equals that of the original.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void CorrectedBias_KeepsTheMean(int groups)
    {
        const int outputs = 4, inputs = 6, taps = 9;
        var random = new Random(1);
        float[] weights = [.. Enumerable.Range(0, outputs * inputs / groups * taps).Select(_ => random.NextSingle() - 0.3f)];
        double[] means = [.. Enumerable.Range(0, inputs).Select(_ => random.NextDouble() * 4)];
        float[] bias = [1, 2, 3, 4];
        var layer = LayerQuantization.Of(weights, outputs).WithCorrectedBias(weights, means, taps);
        var (integers, corrected) = (layer.Round(weights), layer.Correct(bias));
        var length = weights.Length / outputs;
        for (var o = 0; o < outputs; o++)
        {
            var first = o / (outputs / groups) * (inputs / groups);
            Assert.NotEqual(0, layer.BiasShift[o]);
            var (expected, actual) = (Sum(i => weights[i]), Sum(i => integers[i] * (double)layer.Scales[o]));
            Assert.Equal(bias[o] + expected, corrected[o] + actual, tolerance: 1e-4);

            double Sum(Func<int, double> weight) =>
                Enumerable.Range(0, length).Sum(i => weight((o * length) + i) * means[first + (i / taps)]);
        }
    }

    [Fact]
    public void Layers_WithoutBias_GetTheShift() =>
        Assert.Equal([0.5f, -1], new LayerQuantization([1, 1], [0.5f, -1]).Correct([]));
}
