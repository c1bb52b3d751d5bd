using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Models;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Tests;

/// <summary>Every way into a detector gives the same, and every mistake one explaining exception.</summary>
[Collection("Native")]
public sealed class DetectorInputTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _checkpoint;

    public DetectorInputTests()
    {
        using var weights = SmallDetector.Create();
        _checkpoint = SmallDetector.Save(weights, _folder["small.pth"]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task FileStreamPixelsBatchAndTask_GiveTheSame()
    {
        using var detector = Load();
        Image[] images = [Picture(40, 60, 1), Picture(64, 48, 2), Picture(40, 60, 3), Picture(40, 60, 4)];
        var expected = images.Select(image => detector.Detect(image)).ToArray();
        Assert.NotEmpty(expected[0]);

        images[0].Save(_folder["x.png"]);
        Assert.Equal(expected[0], detector.Detect(_folder["x.png"]));
        using (var stream = File.OpenRead(_folder["x.png"])) Assert.Equal(expected[0], detector.Detect(stream));
        Assert.Equal(expected[0], await detector.DetectAsync(images[0]));
        using (var copy = Image.FromPixels(images[0].Pixels, 40, 60, PixelFormat.Bgr24))
            Assert.Equal(expected[0], detector.Detect(copy));

        var together = detector.Detect(images);
        for (var i = 0; i < images.Length; i++)
        {
            Assert.Equal(expected[i].Length, together[i].Length);
            foreach (var (a, b) in expected[i].Zip(together[i]))
            {
                Assert.Equal(a.Label, b.Label);
                Assert.Equal(a.Score, b.Score, 1e-5f);
                Assert.Equal(a.Box.X1, b.Box.X1, 1e-3f);
                Assert.Equal(a.Box.Y2, b.Box.Y2, 1e-3f);
            }
        }
        Assert.Empty(detector.Detect([]));
        foreach (var image in images) image.Dispose();
    }

    [Theory]
    [InlineData(PixelFormat.Rgb24, 3)]
    [InlineData(PixelFormat.Rgba32, 4)]
    [InlineData(PixelFormat.Bgra32, 4)]
    [InlineData(PixelFormat.Gray8, 1)]
    public void FromPixels_PutsChannelsInOrder_AndMindsTheStride(PixelFormat format, int size)
    {
        const int Height = 2, Width = 3, Gap = 5;
        var stride = Width * size + Gap;
        var pixels = new byte[(Height - 1) * stride + Width * size];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (byte)i;
        using var image = Image.FromPixels(pixels, Height, Width, format, stride);
        var first = (byte)(stride + size);                          // row 1, column 1
        byte[] expected = format switch
        {
            PixelFormat.Gray8 => [first, first, first],
            PixelFormat.Bgra32 => [first, (byte)(first + 1), (byte)(first + 2)],
            _ => [(byte)(first + 2), (byte)(first + 1), first],
        };
        Assert.Equal(expected, image.Row(1)[3..6].ToArray());
        var error = Assert.Throws<ArgumentException>(() => Image.FromPixels(pixels.AsSpan(1), Height, Width, format, stride));
        Assert.Contains($"need {pixels.Length} bytes, got {pixels.Length - 1}", error.Message);
    }

    [Fact]
    public void Cancelled_StopsBeforeTheNetwork()
    {
        using var detector = Load();
        using var image = Picture(40, 60, 1);
        Assert.Throws<OperationCanceledException>(() => detector.Detect(image, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Mistakes_AreExplained()
    {
        Assert.Throws<ArgumentNullException>(() => Detector.Load(null!));
        Assert.Throws<ArgumentNullException>(() => Detector.Of(null!));
        var loaded = DetectorFile.Load(_checkpoint);
        var tooMany = Assert.Throws<ArgumentOutOfRangeException>(
            () => Detector.Of(loaded, new InferenceOptions { ThreadCount = -1 }));
        Assert.Contains("InferenceOptions.ThreadCount: expected 0 (all cores) to 1024.", tooMany.Message);
        var unknown = new InferenceOptions { Precision = (InferencePrecision)9 };
        Assert.Throws<ArgumentOutOfRangeException>(() => Detector.Of(loaded, unknown));
        Assert.Throws<EngineException>(() => Detector.Of(loaded, new InferenceOptions { Engines = [] }));
        var config = loaded.Config with
        {
            Model = loaded.Config.Model with { PostProcessing = new PostProcessingOptions { NmsIouThreshold = 2 } },
        };
        var wrong = Assert.Throws<ConfigException>(() => Detector.Load(_checkpoint, config: config));
        Assert.Contains("model.test_cfg.nms_iou_threshold", wrong.Message);
        Assert.Throws<ConfigException>(() => Detector.Of(loaded.With(config)));

        var detector = Load();
        Assert.Throws<ArgumentNullException>(() => detector.Detect((Image)null!));
        Assert.Throws<ArgumentNullException>(() => detector.Detect((string)null!));
        Assert.Throws<ArgumentNullException>(() => detector.Detect((Stream)null!));
        detector.Dispose();
        detector.Dispose();                                        // twice is fine
        using var image = Picture(40, 60, 1);
        Assert.Throws<ObjectDisposedException>(() => detector.Detect(image));
    }

    [SkippableFact]
    public void CudaThatIsNotThere_IsAnErrorAtLoad()
    {
        Skip.If(TorchRuntime.CudaAvailable, "there is a CUDA device");
        var error = Assert.Throws<EngineException>(
            () => Detector.Load(_checkpoint, new InferenceOptions { Engines = [new TorchEngine(Device.Cuda())] }));
        Assert.Contains("has no CUDA", error.Message);
    }

    Detector Load()
    {
        var loaded = DetectorFile.Load(_checkpoint);
        var all = loaded.Config.Model.PostProcessing with { ScoreThreshold = 0, MaxDetections = 20 };
        return Detector.Of(
            loaded.With(loaded.Config with { Model = loaded.Config.Model with { PostProcessing = all } }),
            new InferenceOptions { ThreadCount = 1 });
    }

    static Image Picture(int height, int width, int seed)
    {
        var image = new Image(height, width);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }
}
