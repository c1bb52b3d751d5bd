using Paa.Checkpoints;
using Paa.Data;
using Paa.Torch;
using Paa.Training;
using Paa.Training.Networks;

namespace Paa.Tests.Training;

/// <summary>Single steps on small pictures. Waits for the device are counted in <see cref="HostWaitTests"/>.</summary>
[Collection("Native")]
public sealed class TrainingStepTests : IDisposable
{
    readonly TinyRun _run = new();

    public void Dispose() => _run.Dispose();

    [Fact]
    public void Run_KeepingOnlyInputsOfBlocks_GivesTheSame()
    {
        using var batch = FirstBatches(1)[0];
        var (plainNorm, plain) = Measure(isCheckpointed: false);
        var (norm, entries) = Measure(isCheckpointed: true);
        Assert.Equal(plainNorm, norm, 1e-5 * plainNorm);                    // gradients meet in another order
        foreach (var (name, values) in plain) Assert.Equal(values, entries[name]);

        (double Norm, Dictionary<string, float[]> Statistics) Measure(bool isCheckpointed)
        {
            using var scope = new TensorScope();
            var model = _run.Config.Model;
            var backbone = model.Backbone with { ActivationCheckpointing = isCheckpointed };
            using var detector = new TorchDetector(model with { Backbone = backbone });
            detector.InitializeWeights(seed: 1);
            detector.Train();
            using var optimizer = OptimizerFactory.Create(_run.Config.Optimizer, detector.Parameters);
            var norm = new TrainingStep(detector, optimizer).Run(batch, rate: 0).GradientNorm!.Value;
            return (norm, detector.Parameters.Entries
                .Where(entry => entry.Name.Contains("running") || entry.Name.Contains("num_batches"))
                .ToDictionary(entry => entry.Name, entry => entry.Tensor.To(ScalarType.Float32).ToArray<float>()));
        }
    }

    [Fact]
    public void Run_OfSeveralParts_GivesTheMeanOfTheirGradients()
    {
        using var scope = new TensorScope();
        using var detector = new TorchDetector(_run.Config.Model);
        detector.InitializeWeights(seed: 1);
        detector.Train();
        using var optimizer = OptimizerFactory.Create(_run.Config.Optimizer, detector.Parameters);
        var step = new TrainingStep(detector, optimizer);
        var batches = FirstBatches(2);
        var gradients = Array.ConvertAll(batches, batch => Gradients(() => step.Run(batch, rate: 0)));
        Assert.Null(step.Run(batches[0], rate: 0, new Accumulation(0, 2)).GradientNorm);
        var together = Gradients(() => step.Run(batches[1], rate: 0, new Accumulation(1, 2)));
        for (var i = 0; i < together.Length; i++)
            Assert.Equal((gradients[0][i] + gradients[1][i]) / 2, together[i], 1e-5f * (1 + Math.Abs(together[i])));
        foreach (var batch in batches) batch.Dispose();

        float[] Gradients(Action run)
        {
            run();
            return [.. detector.Parameters.Parameters.Select(parameter => parameter.Tensor.Gradient).OfType<Tensor>()
                .SelectMany(gradient => gradient.ToArray<float>())];
        }
    }

    Batch[] FirstBatches(int count) =>
        [.. BatchLoader.ForTraining(CocoDataset.Load(_run.Config.Data.Train, null), _run.Config).Epoch(0).Take(count)];
}
