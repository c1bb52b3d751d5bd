using System.Diagnostics;
using Paa.Boxes;
using Paa.Engines;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Models;
using Paa.Torch;

namespace Paa.Tests;

[Collection("Native")]
public class DetectorTests
{
    [Fact]
    public void Detect_GivesBoxesInsideTheImage()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(50, 90);
        var found = detector.Detect(image);
        Assert.NotEmpty(found);
        Assert.True(found.Length <= detector.Config.Model.PostProcessing.MaxDetections);
        Assert.All(found, detection =>
        {
            Assert.InRange(detection.Box.X1, 0, 90);
            Assert.InRange(detection.Box.X2, detection.Box.X1, 90.01f);
            Assert.InRange(detection.Box.Y2, detection.Box.Y1, 50.01f);
            Assert.InRange(detection.Label, 0, 2);
        });
    }

    [Fact]
    public void Detect_FromManyThreads_GivesTheSame()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(64, 64);
        var expected = detector.Detect(image);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 },
            _ => Assert.Equal(expected, detector.Detect(image)));
    }

    [Fact]
    public void Detect_AugmentedByNothing_GivesThePlainResult()
    {
        using var folder = new TemporaryFolder();
        using var plain = Load(folder);
        using var augmented = Load(folder, new TestTimeAugmentationOptions { Flip = false });
        using var image = Noise(50, 90);
        Assert.Equal(plain.Detect(image), augmented.Detect(image));
    }

    /// <summary>Both views are the same pixels, so every candidate has a twin of equal score at the mirrored place; nothing is
    /// suppressed here, because NMS may keep either of two twins that overlap.</summary>
    [Theory, InlineData(false), InlineData(true)]
    public void Detect_OfASymmetricImage_AugmentedByItsMirror_IsSymmetric(bool voting)
    {
        var model = SmallDetector.Options with
        {
            Head = SmallDetector.Options.Head with { ScoreVoting = voting },
            PostProcessing = new PostProcessingOptions { NmsIouThreshold = 1, MaxDetections = -1 },
        };
        using var folder = new TemporaryFolder();
        using var detector = Load(folder, new TestTimeAugmentationOptions(), model);
        using var image = Noise(64, 64);
        for (var y = 0; y < 64; y++)
            for (var x = 0; x < 32; x++) image.Row(y).Slice(x * 3, 3).CopyTo(image.Row(y)[((63 - x) * 3)..]);
        var found = detector.Detect(image);
        Assert.True(found.Length > 100);
        Assert.All(found, detection => Assert.Contains(found, twin =>
            twin.Label == detection.Label && twin.Score == detection.Score && Near(twin.Box, Mirror(detection.Box))));
    }

    static Box Mirror(Box box) => new(64 - box.X2, box.Y1, 64 - box.X1, box.Y2);

    static bool Near(Box a, Box b) =>
        MathF.Abs(a.X1 - b.X1) + MathF.Abs(a.X2 - b.X2) + MathF.Abs(a.Y1 - b.Y1) + MathF.Abs(a.Y2 - b.Y2) < 0.01f;

    [Fact]
    public void Detect_TwoThousandTimes_KeepsNothing()
    {
        const int warmUp = 200;
        const int count = 2000;
        const long allowedGrowth = 48 << 20; // the managed heap breathes by some MB; a leaked image a call would be 100 MB
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(64, 64);
        for (var i = 0; i < warmUp; i++) detector.Detect(image);
        var (tensors, memory) = (TorchRuntime.LiveTensorCount, ResidentBytes());
        for (var i = warmUp; i < count; i++) detector.Detect(image);
        Assert.Equal(tensors, TorchRuntime.LiveTensorCount);
        Assert.InRange(ResidentBytes() - memory, long.MinValue, allowedGrowth);
    }

    static Detector Load(TemporaryFolder folder, TestTimeAugmentationOptions? tta = null, ModelOptions? model = null)
    {
        using var weights = SmallDetector.Create();
        var config = new PaaConfig
        {
            Model = model ?? SmallDetector.Options,
            Data = new DataOptions { Test = new DatasetOptions { Scales = [[64, 64]] }, TestTimeAugmentation = tta ?? new() },
        };
        var options = new InferenceOptions { TestTimeAugmentation = tta is not null };
        return Detector.Load(SmallDetector.Save(weights, folder["model.pth"]), options, config);
    }

    static Image Noise(int height, int width)
    {
        var image = new Image(height, width);
        new Random(3).NextBytes(image.Pixels);
        return image;
    }

    static long ResidentBytes()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
