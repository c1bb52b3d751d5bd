using System.Text.Json;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Models;
using Paa.Torch;
using Paa.Torch.Optim;
using Paa.Training;
using Paa.Training.Networks;

namespace Paa.Tests.Training;

/// <summary>
/// Fifty iterations from image files: frozen and trained batch norm and group norm, in both profiles, at drawn scales and flips,
/// against the losses of the reference on the same samples.
/// </summary>
/// <remarks>
/// Rounding differs between processors and numbers of threads. Where two candidates are nearly equal it turns an assignment,
/// which moves the losses of that iteration by a few thousandths and the later ones by less: so the median is held tightly.
/// </remarks>
[Trait("Category", "Golden")]
[Collection("Native")]
public sealed class TrajectoryGoldenTests
{
    const string Index = "trajectory/trajectories.json";
    const double MedianTolerance = 1e-3;
    const double LargestTolerance = 0.05;

    public static TheoryData<string> Runs() => GoldenFolder.Has(Index)
        ? [.. GoldenFolder.Json(Index).GetProperty("runs").EnumerateArray().Select(run => run.GetProperty("name").GetString()!)]
        : [GoldenFolder.Absent];

    [SkippableTheory, MemberData(nameof(Runs))]
    public void Training_OnTheSameSamples_FollowsReference(string name)
    {
        var golden = GoldenFolder.Json(Index);
        var run = golden.GetProperty("runs").EnumerateArray().First(entry => entry.GetProperty("name").GetString() == name);
        using var scope = new TensorScope();
        using var detector = new TorchDetector(Options(run, golden.GetProperty("classes").GetArrayLength()));
        HashFill.Fill(detector.Parameters, run.GetProperty("salt").GetString()!);
        detector.Train();
        using var optimizer = new Sgd(detector.Parameters.Parameters, learningRate: 0, momentum: 0.9, weightDecay: 1e-4);
        var step = new TrainingStep(detector, optimizer);
        var plan = golden.GetProperty("plan").EnumerateArray();
        var deviations = new List<double>();
        foreach (var (draw, expected) in plan.Zip(run.GetProperty("steps").EnumerateArray()))
        {
            using var iterationScope = new TensorScope();
            var (images, grid, samples) = Samples(golden, draw, detector);
            var outcome = step.Run(images, grid, samples, expected.GetProperty("lr").GetDouble());
            var losses = outcome.Losses;
            double[] differences =
            [
                losses.Classification - Value("loss_cls"), losses.BoxRegression - Value("loss_bbox"),
                losses.IouPrediction - Value("loss_iou"),
            ];
            deviations.Add(differences.Max(Math.Abs));
            Assert.True(deviations[^1] <= LargestTolerance,
                $"Iteration {deviations.Count}: cls, bbox, iou differ by {string.Join(", ", differences)}.");

            double Value(string key) => expected.GetProperty(key).GetDouble();
        }
        Assert.True(deviations.Count >= 50, $"Only {deviations.Count} iterations are stored.");
        Assert.InRange(deviations.Order().ElementAt(deviations.Count / 2), 0, MedianTolerance);
    }

    /// <summary>The images of one iteration, through our own decoder, resize, flip, normalisation and matcher.</summary>
    static (Tensor Images, AnchorGrid Grid, Sample[] Samples) Samples(
        JsonElement golden, JsonElement draw, TorchDetector detector)
    {
        var transform = new ImageTransform(new NormalizationOptions(), sizeDivisor: 32);
        var files = golden.GetProperty("images");
        var longSide = golden.GetProperty("long_side").GetInt32();
        var samples = draw.GetProperty("images").Ints()
            .Zip(draw.GetProperty("short_sides").Ints(), draw.GetProperty("flips").Ints())
            .Select(drawn =>
            {
                var (index, shortSide, flip) = drawn;
                using var image = Image.Load(GoldenFolder.Require($"trajectory/{files[index].GetProperty("file").GetString()}"));
                var view = new ImageView(new ImageScale(longSide, shortSide), FlipHorizontal: flip == 1);
                var geometry = transform.Plan(new ImageSize(image.Height, image.Width), view);
                Box[] boxes = [.. files[index].GetProperty("boxes").EnumerateArray().Select(b => ToBox(b.Ints()))];
                var targets = new Targets(boxes, files[index].GetProperty("labels").Ints(), []).Map(geometry.ToInput);
                return (Resized: new ResizedImage(image, geometry), Targets: targets);
            }).ToArray();

        ImageSize[] padded = [.. samples.Select(sample => sample.Resized.Geometry.PadShape)];
        var size = new ImageSize(padded.Max(shape => shape.Height), padded.Max(shape => shape.Width));
        var plane = Image.Channels * size.Area;
        var pixels = new float[samples.Length * plane];
        for (var i = 0; i < samples.Length; i++)
        {
            transform.Write(samples[i].Resized, pixels.AsSpan(i * plane, plane), size);
            samples[i].Resized.Dispose();
        }
        var grid = detector.Network.AnchorGenerator.Grid(size);
        var matcher = new MaxIouMatcher(detector.Network.Options.Assignment.Matcher);
        return (Tensor.From(pixels, samples.Length, Image.Channels, size.Height, size.Width), grid,
            [.. samples.Select(sample => new Sample
            {
                Geometry = sample.Resized.Geometry,
                Targets = sample.Targets,
                Candidates = matcher.Match(grid, sample.Resized.Geometry.PadShape, sample.Targets),
            })]);
    }

    static Box ToBox(int[] corners) => new(corners[0], corners[1], corners[2], corners[3]);

    static ModelOptions Options(JsonElement run, int classCount) => new()
    {
        Backbone = new BackboneOptions
        {
            Depth = run.GetProperty("depth").GetInt32(),
            BaseChannels = run.GetProperty("base_channels").GetInt32(),
            FrozenStages = run.GetProperty("frozen_stages").GetInt32(),
            Norm = run.GetProperty("norm").GetString() == "group" ? NormKind.GN : NormKind.BN,
            NormEval = run.GetProperty("norm").GetString() == "frozen",
        },
        Neck = new FeaturePyramidOptions { Channels = run.GetProperty("channels").GetInt32() },
        Head = new HeadOptions { ClassCount = classCount, TowerChannels = run.GetProperty("channels").GetInt32() },
        Profile = run.GetProperty("profile").GetString() == "original" ? SemanticsProfile.Original : SemanticsProfile.Mmdet,
    };
}
