using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Models;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training;

namespace Paa.Tests.Training;

/// <summary>Goes on from checkpoints of the reference, optimiser included, and follows its losses.</summary>
[Trait("Category", "Golden")]
[Collection("Native")]
public sealed class ResumeGoldenTests
{
    /// <summary>Files <c>model_*/step*.pth</c>.</summary>
    public static TheoryData<string> Checkpoints()
    {
        string[] folders = Directory.Exists(GoldenFolder.Root) ? Directory.GetDirectories(GoldenFolder.Root, "model_*") : [];
        string[] files = [.. folders.SelectMany(folder => Directory.GetFiles(folder, "step*.pth")).Order(StringComparer.Ordinal)];
        return files.Length == 0
            ? [$"model_{GoldenFolder.Absent}/step.pth"]
            : [.. files.Select(file => Path.GetRelativePath(GoldenFolder.Root, file))];
    }

    [SkippableTheory, MemberData(nameof(Checkpoints))]
    public void Training_FromACheckpoint_FollowsReference(string file)
    {
        var path = GoldenFolder.Require(file);
        var folder = Path.GetDirectoryName(file)!;
        var training = GoldenFolder.Json($"{folder}/model.json").GetProperty("training");
        using var scope = new TensorScope();
        using var model = GoldenModel.Load(folder);
        using var optimizer = new Sgd(model.Detector.Parameters.Parameters, learningRate: 0);
        var checkpoint = TrainingCheckpoint.Read(path);
        checkpoint.CopyTo(model.Detector, optimizer, path);

        var schedule = new LearningRateSchedule(
            new LearningRateOptions
            {
                WarmupIterations = training.GetProperty("warmup_iters").GetInt32(),
                WarmupRatio = training.GetProperty("warmup_ratio").GetDouble(),
                DecayEpochs = [],
            },
            training.GetProperty("base_lr").GetDouble(), totalIterations: long.MaxValue);
        var step = new TrainingStep(model.Detector, optimizer);
        foreach (var expected in training.GetProperty("steps").EnumerateArray())
        {
            var iteration = expected.GetProperty("iteration").GetInt64();
            if (iteration < checkpoint.Position.Iteration) continue;
            var rate = schedule.Rate(epoch: 0, iteration);
            var outcome = step.Run(model.Images, model.Grid, model.Samples, rate);
            Assert.Equal(expected.GetProperty("lr").GetDouble(), rate, 1e-12);
            GoldenAssert.Close(
                [Value("loss_cls"), Value("loss_bbox"), Value("loss_iou")],
                [outcome.Losses.Classification, outcome.Losses.BoxRegression, outcome.Losses.IouPrediction],
                // The README's, after the fifth step.
                absolute: 1e-3, relative: 0, $"iteration {iteration}: losses (cls, bbox, iou)");
            Assert.Equal(expected.GetProperty("num_pos").GetInt32(), outcome.Losses.PositiveCount);

            float Value(string key) => (float)expected.GetProperty(key).GetDouble();
        }
        if (!GoldenFolder.Has($"{folder}/final_weights.npz")) return;
        var final = GoldenFolder.Arrays($"{folder}/final_weights.npz");
        foreach (var name in final.Names)
            GoldenAssert.Close(final.Floats(name), model.Detector.Parameters[name].Tensor.ToArray<float>(), 2e-5, 1e-3, name);
    }
}
