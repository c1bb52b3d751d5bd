using System.Text.Json;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;
using Paa.Tests.Golden;
using Paa.Tests.Training.Losses;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Tests.Models;

/// <summary>A golden network with its weights, input and targets, built from whatever folder it stands in.</summary>
sealed class GoldenModel : IDisposable
{
    GoldenModel(ModelOptions options, string salt, Tensor images, ImageSize[] imageShapes, ImageSize[] padShapes,
        float[][] scaleFactors, (Box[] Boxes, int[] Labels)[] truth)
    {
        Detector = new TorchDetector(options);
        HashFill.Fill(Detector.Parameters, salt);
        Detector.Train();
        (Images, ImageShapes, ScaleFactors) = (images, imageShapes, scaleFactors);
        Grid = Detector.Network.AnchorGenerator.Grid(new ImageSize((int)images.Size(2), (int)images.Size(3)));
        var matcher = options.Assignment.Matcher;
        Samples = [.. truth.Select((t, i) => LossParts.Sample(t.Boxes, t.Labels, Grid, padShapes[i], matcher))];
    }

    public TorchDetector Detector { get; }
    public Tensor Images { get; }
    public ImageSize[] ImageShapes { get; }
    public float[][] ScaleFactors { get; }
    public AnchorGrid Grid { get; }
    public Sample[] Samples { get; }

    /// <summary>
    /// How an image became the input, or with <paramref name="rescale"/> false an image that was never resized.
    /// </summary>
    public ImageGeometry Geometry(int image, bool rescale)
    {
        var geometry = ImageGeometry.Unchanged(ImageShapes[image]);
        return !rescale ? geometry : geometry with { WidthScale = ScaleFactors[image][0], HeightScale = ScaleFactors[image][1] };
    }

    /// <summary>Folders <c>model_*</c>.</summary>
    public static TheoryData<string> Folders()
    {
        var found = Directory.Exists(GoldenFolder.Root) ? Directory.GetDirectories(GoldenFolder.Root, "model_*") : [];
        return found.Length == 0 ? [$"model_{GoldenFolder.Absent}"] : [.. found.Order().Select(f => Path.GetFileName(f)!)];
    }

    /// <summary>Files <c>hashed/*.json</c>, without the extension.</summary>
    public static TheoryData<string> HashedNames() =>
        [.. Enumerable.Cast<object[]>(GoldenFolder.Files("hashed", "*.json"))
            .Select(row => ((string)row[0]).Replace(".json", "", StringComparison.Ordinal))];

    /// <summary>A folder <c>model_*</c> with stored input.</summary>
    public static GoldenModel Load(string folder)
    {
        var report = GoldenFolder.Json($"{folder}/model.json");
        var input = GoldenFolder.Arrays($"{folder}/input.npz");
        var count = input.Shape("images")[0];
        return new GoldenModel(
            Options(report), report.GetProperty("hash_salt").GetString()!, ToTensor(input, "images"),
            Sizes(input, "img_shape"), Sizes(input, "pad_shape"), [.. input.Floats("scale_factor").Chunk(4)],
            [.. Enumerable.Range(0, count).Select(i => (input.Boxes($"gt_{i}"), input.Ints($"gt_labels_{i}")))]);
    }

    /// <summary>A full-width network of <c>hashed/</c>, whose input is computed, too.</summary>
    public static GoldenModel LoadHashed(string name)
    {
        var report = GoldenFolder.Json($"{name}.json");
        var arrays = GoldenFolder.Arrays($"{name}.npz");
        var salt = report.GetProperty("salt").GetString()!;
        var size = report.GetProperty("input_hw").Ints();
        var pixels = HashFill.Uniform(salt + "input", 3L * size[0] * size[1]).Select(u => (float)(2 * u)).ToArray();
        var shape = new ImageSize(size[0], size[1]);
        return new GoldenModel(
            Options(report), salt, Tensor.From(pixels, 1, 3, size[0], size[1]), [shape], [shape], [[1, 1, 1, 1]],
            [(arrays.Boxes("gt"), arrays.Ints("gt_labels"))]);
    }

    public static Tensor ToTensor(Npz arrays, string name) =>
        Tensor.From(arrays.Floats(name), [.. arrays.Shape(name).Select(size => (long)size)]);

    public void Dispose()
    {
        Images.Dispose();
        Detector.Dispose();
    }

    static ModelOptions Options(JsonElement report)
    {
        int Value(string key, int otherwise) => report.TryGetProperty(key, out var value) ? value.GetInt32() : otherwise;
        return new ModelOptions
        {
            Backbone = new BackboneOptions
            {
                Depth = Value("depth", 50),
                BaseChannels = Value("base_channels", 64),
                FrozenStages = Value("frozen_stages", 1),
            },
            Neck = new FeaturePyramidOptions { Channels = Value("fpn_channels", 256) },
            Head = new HeadOptions
            {
                ClassCount = Value("num_classes", 80),
                TowerChannels = Value("head_channels", Value("fpn_channels", 256)),
            },
        };
    }

    static ImageSize[] Sizes(Npz input, string name) => [.. input.Ints(name).Chunk(2).Select(s => new ImageSize(s[0], s[1]))];
}
