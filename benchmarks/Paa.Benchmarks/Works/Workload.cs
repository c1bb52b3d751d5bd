using System.Runtime.InteropServices;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Benchmarks.Works;

/// <summary>A network of one size with random weights, images and boxes; the Python peer builds the same.</summary>
sealed class Workload : IDisposable
{
    /// <param name="options">Network and input.</param>
    /// <param name="seed">Of images and boxes; the weights are the same for all.</param>
    public Workload(WorkloadOptions options, int seed = 0)
    {
        Options = options;
        var random = new Random(seed);
        Detector = new TorchDetector(options.Model());
        Detector.InitializeWeights(seed: 0);
        Images = Tensor.From(
            [.. Enumerable.Range(0, options.Batch * 3 * options.Height * options.Width)
                .Select(_ => (float)random.NextDouble() * 4 - 2)],
            options.Batch, 3, options.Height, options.Width);
        var size = Size;
        Grid = Detector.Network.AnchorGenerator.Grid(size);
        var matcher = new MaxIouMatcher(Detector.Network.Options.Assignment.Matcher);
        Samples = [.. Enumerable.Range(0, options.Batch).Select(_ =>
        {
            var boxes = Enumerable.Range(0, options.Boxes).Select(_ => RandomBox(random, size)).ToArray();
            var targets = new Targets(boxes, [.. boxes.Select(_ => random.Next(options.Classes))], Ignored: []);
            return new Sample
            {
                Geometry = ImageGeometry.Unchanged(size),
                Targets = targets,
                Candidates = matcher.Match(Grid, size, targets),
            };
        })];
    }

    public WorkloadOptions Options { get; }
    public ImageSize Size => new(Options.Height, Options.Width);
    public TorchDetector Detector { get; }
    public Tensor Images { get; }
    public AnchorGrid Grid { get; }
    public Sample[] Samples { get; }

    /// <summary>
    /// Lowers all class scores below the threshold. Untrained ones lie just above it: 400,000 pairs would go into
    /// post-processing, and its time would hide the network's.
    /// </summary>
    public void SilenceUntrainedClasses()
    {
        using var noGrad = new NoGrad();
        Detector.Parameters["bbox_head.atss_cls.bias"].Tensor.FillInPlace(-10);
    }

    /// <summary>Writes the weights as a <c>.pth</c> file, for the Python peer.</summary>
    public void WriteWeights(string file) => TorchFile.Write(file, Detector.ToStateDict().ToGraph());

    /// <summary>Writes images, boxes and labels as raw little-endian files, for the Python peer.</summary>
    /// <param name="prefix">Folder and beginning of the names.</param>
    public void WriteBatch(string prefix)
    {
        File.WriteAllBytes($"{prefix}images.f32", Images.ToBytes());
        File.WriteAllBytes($"{prefix}boxes.f32",
            MemoryMarshal.AsBytes(Samples.SelectMany(image => image.Targets.Boxes).ToArray().AsSpan()));
        File.WriteAllBytes($"{prefix}labels.i32",
            MemoryMarshal.AsBytes(Samples.SelectMany(image => image.Targets.Labels).ToArray().AsSpan()));
    }

    public void Dispose()
    {
        Images.Dispose();
        Detector.Dispose();
    }

    /// <summary>A box of 16 pixels to 0.6 of the image, small ones more often.</summary>
    public static Box RandomBox(Random random, ImageSize image)
    {
        var (width, height) = (Side(), Side());
        var (x, y) = ((float)random.NextDouble() * (image.Width - width), (float)random.NextDouble() * (image.Height - height));
        return new Box(x, y, x + width, y + height);

        float Side() => (float)Math.Exp(Math.Log(16) + random.NextDouble() * Math.Log(0.6 * image.Height / 16));
    }
}

/// <summary>Network and input.</summary>
/// <param name="Depth">Layers of the ResNet: <c>depth</c>.</param>
/// <param name="Height">Padded height in pixels: <c>height</c>.</param>
/// <param name="Width">Padded width in pixels: <c>width</c>.</param>
/// <param name="Batch">Images: <c>batch</c>.</param>
/// <param name="Boxes">Objects of each image: <c>boxes</c>.</param>
/// <param name="Classes">Classes: <c>classes</c>.</param>
/// <param name="BaseChannels">Channels of the stem: <c>base</c>.</param>
/// <param name="Channels">Channels of neck and head: <c>channels</c>.</param>
/// <param name="Frozen">Frozen stages: <c>frozen</c>.</param>
/// <param name="Levels">Levels of the pyramid: <c>levels</c>.</param>
/// <param name="Convolutions">Convolutions of each tower of the head: <c>convs</c>.</param>
sealed record WorkloadOptions(
    int Depth, int Height, int Width, int Batch, int Boxes, int Classes, int BaseChannels, int Channels, int Frozen,
    int Levels, int Convolutions)
{
    public static WorkloadOptions From(WorkSettings settings) => new(
        settings.Int("depth", 50), settings.Int("height", 800), settings.Int("width", 1344), settings.Int("batch", 1),
        settings.Int("boxes", 8), settings.Int("classes", 80), settings.Int("base", 64), settings.Int("channels", 256),
        settings.Int("frozen", 1), settings.Int("levels", 5), settings.Int("convs", 4));

    public ModelOptions Model() => new()
    {
        Backbone = new BackboneOptions { Depth = Depth, BaseChannels = BaseChannels, FrozenStages = Frozen },
        Neck = new FeaturePyramidOptions { Channels = Channels, LevelCount = Levels },
        Head = new HeadOptions
        {
            ClassCount = Classes,
            TowerChannels = Channels,
            TowerDepth = Convolutions,
            Anchors = new AnchorOptions { Strides = [.. Enumerable.Range(3, Levels).Select(level => 1 << level)] },
        },
    };
}
