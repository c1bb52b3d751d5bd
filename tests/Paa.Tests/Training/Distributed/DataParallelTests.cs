using System.Collections.Concurrent;
using Paa.Data;
using Paa.Options;
using Paa.Tests.Torch.Distributed;
using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Optim;
using Paa.Training;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Tests.Training.Distributed;

/// <summary>One step on parts of a batch, of different sizes; the ranks are threads.</summary>
[Collection("Native")]
[Trait("Category", "Distributed")]
public sealed class DataParallelTests : IDisposable
{
    const double Tolerance = 2e-5;          // relative to the largest gradient of a tensor: sums in another order
    readonly DistributedRun _run = new(imageCount: 4, emptyCount: 1, isNormTrained: false);

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Step_OnUnevenParts_InTheOriginalProfile_HasTheGradientsOfTheWhole()
    {
        var whole = Gradients(SemanticsProfile.Original, [(0, 4)])[0];
        var parts = Gradients(SemanticsProfile.Original, [(0, 3), (3, 4)]);
        foreach (var part in parts) AssertClose(whole, part);
    }

    [Fact]
    public void Step_InTheMmdetProfile_AveragesTheLossesOfTheProcesses()
    {
        var first = Gradients(SemanticsProfile.Mmdet, [(0, 3)])[0];
        var second = Gradients(SemanticsProfile.Mmdet, [(3, 4)])[0];
        var mean = first.ToDictionary(pair => pair.Key,
            pair => pair.Value.Zip(second[pair.Key], (a, b) => (a + b) / 2).ToArray());
        foreach (var part in Gradients(SemanticsProfile.Mmdet, [(0, 3), (3, 4)])) AssertClose(mean, part);
    }

    [Fact]
    public void Step_InBFloat16OnParts_HasAboutTheGradientsOfTheWhole()
    {
        using var run = new DistributedRun(imageCount: 4, isNormTrained: true);        // synchronised batch norm
        StepPrecision Mixed() => StepPrecision.Of(MixedPrecision.Bf16, scaler: null);
        var whole = Gradients(SemanticsProfile.Original, [(0, 4)], Mixed, run)[0];
        var parts = Gradients(SemanticsProfile.Original, [(0, 2), (2, 4)], Mixed, run);
        Assert.Equal(parts[0].Values.SelectMany(values => values), parts[1].Values.SelectMany(values => values));
        var (difference, size) = (0.0, 0.0);
        foreach (var (name, values) in whole)
        {
            difference += values.Zip(parts[0][name], (a, b) => ((double)a - b) * (a - b)).Sum();
            size += values.Sum(value => (double)value * value);
        }
        // Sums in another order round to other bfloat16 numbers. Measured: 0.3 %.
        Assert.True(Math.Sqrt(difference / size) < 0.02, $"gradients differ by {Math.Sqrt(difference / size):P1}");
    }

    [Fact]
    public void Step_WithAnOverflowOnOneRank_IsSkippedOnAll()
    {
        // The scale is beyond single precision for the gradients of the rank with objects alone; reduced, they are so on both.
        var scalers = new ConcurrentBag<LossScaler>();
        var results = Gradients(SemanticsProfile.Mmdet, [(0, 3), (3, 4)], () =>
        {
            var scaler = new LossScaler(float.MaxValue);
            scalers.Add(scaler);
            return StepPrecision.Of(MixedPrecision.Off, scaler);
        });
        Assert.All(results, gradients =>
            Assert.Contains(gradients.Values.SelectMany(values => values), value => !float.IsFinite(value)));
        Assert.Equal([(float.MaxValue / 2, 1), (float.MaxValue / 2, 1)],
            scalers.Select(scaler => (scaler.Scale, scaler.SkippedInARow)));
    }

    /// <summary>Gradients of every rank after one step, each rank with its images.</summary>
    Dictionary<string, float[]>[] Gradients(
        SemanticsProfile profile, (int First, int End)[] parts, Func<StepPrecision>? makePrecision = null,
        DistributedRun? run = null)
    {
        var config = (run ?? _run).Config;
        config = config with { Model = config.Model with { Profile = profile } };
        using var batch = BatchLoader.ForTraining(CocoDataset.Load(config.Data.Train), config).Epoch(0).Single();
        var detectors = parts.Select(_ => new TorchDetector(config.Model)).ToArray();
        detectors[0].InitializeWeights(7);          // the others get them from rank 0
        using var server = Store.Tcp("127.0.0.1", 0, isServer: true, Ranks.Timeout);
        var results = new Dictionary<string, float[]>[parts.Length];
        var threads = parts.Select((part, rank) =>
            new Thread(() => results[rank] = Step(
                detectors[rank], batch, part, rank, parts.Length, server.Port, makePrecision?.Invoke()))).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        foreach (var detector in detectors) detector.Dispose();
        return results;
    }

    static Dictionary<string, float[]> Step(
        TorchDetector detector, Batch batch, (int First, int End) part, int rank, int size, int port, StepPrecision? precision)
    {
        using var world = size == 1 ? World.Single
            : World.Join(new Placement(rank, size, rank, size, "127.0.0.1", port) { IsStoreOfLauncher = true }, Ranks.Timeout);
        using var parallel = size == 1 ? null : new DataParallel(detector, world);
        using var optimizer = new Sgd(detector.Parameters.Parameters, learningRate: 0);
        detector.Train();
        var step = new TrainingStep(detector, optimizer, maxNorm: null, precision) { Parallel = parallel };
        using var scope = new TensorScope();
        var images = Tensor.From(batch.Pixels, batch.Images.Count, 3, batch.Size.Height, batch.Size.Width)
            .Slice(0, part.First, part.End);
        var outcome = step.Run(images, batch.Grid, [.. batch.Images.Skip(part.First).Take(part.End - part.First)], rate: 0);
        Assert.Equal(double.IsFinite(outcome.GradientNorm!.Value), outcome.IsUpdated);
        var gradients = detector.Parameters.Parameters.Where(parameter => parameter.IsTrainable)
            .ToDictionary(parameter => parameter.Name, parameter => parameter.Tensor.Gradient!.ToArray<float>());
        world.Shutdown();
        return gradients;
    }

    static void AssertClose(Dictionary<string, float[]> expected, Dictionary<string, float[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach (var (name, values) in expected)
        {
            var scale = Math.Max(1e-4, values.Max(Math.Abs));
            var difference = values.Zip(actual[name], (a, b) => Math.Abs(a - b)).Max();
            Assert.True(difference <= Tolerance * scale, $"{name}: gradients up to {scale} differ by {difference}");
        }
    }
}
