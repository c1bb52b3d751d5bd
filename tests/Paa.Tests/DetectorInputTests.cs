using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Options;
using Paa.Tests.Models;
using Paa.Torch;
using Paa.Training.Networks;
using Paa.Zoo;

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
        var bytes = File.ReadAllBytes(_folder["x.png"]);
        Assert.Equal(expected[0], detector.Detect(bytes));
        Assert.Equal(expected[0], detector.Detect(images[0].Pixels, 40, 60, PixelFormat.Bgr24));
        Assert.Equal(expected[0], await detector.DetectAsync(images[0]));
        Assert.Equal(expected[0], await detector.DetectAsync(_folder["x.png"]));
        Assert.Equal(expected[0], await detector.DetectAsync(bytes.AsMemory()));
        using (var stream = File.OpenRead(_folder["x.png"])) Assert.Equal(expected[0], await detector.DetectAsync(stream));

        var together = await detector.DetectAsync(images);
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
        Assert.Empty(detector.Detect(Array.Empty<Image>()));
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
        var canceled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => detector.Detect(image, cancellation: canceled));
    }

    [Fact]
    public async Task CancelledTask_IsCancelled_AlsoWhileAStreamIsRead()
    {
        using var detector = Load();
        using var stop = new CancellationTokenSource();
        var pipe = new System.IO.Pipelines.Pipe();                  // nobody writes
        var call = detector.DetectAsync(pipe.Reader.AsStream(), cancellation: stop.Token);
        Assert.False(call.IsCompleted);
        stop.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    [Fact]
    public void LoadingFromAStream_GivesTheSame()
    {
        using var image = Picture(40, 60, 1);
        using var fromFile = Detector.Load(_checkpoint, detection: new() { MinScore = 0 });
        using var stream = File.OpenRead(_checkpoint);
        using var fromStream = Detector.Load(stream, detection: new() { MinScore = 0 });
        var expected = fromFile.Detect(image);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, fromStream.Detect(image));
    }

    [Fact]
    public void ZooName_IsTheDownloadedFile_OrSaysHowToFetchIt()
    {
        const string Name = "paa_r50_fpn_1x_coco";
        using var home = new EnvironmentVariables().With("PAA_HOME", _folder["home"]);
        var missing = Assert.Throws<CheckpointException>(() => Detector.Load(Name));
        Assert.Equal($"{Name}: not downloaded yet: call Detector.DownloadAsync(\"{Name}\") "
            + $"or run 'paa zoo download {Name}' once.", missing.Message);
        using (var cache = WeightCache.OfUser())
        {
            Directory.CreateDirectory(cache.Folder);
            File.Copy(_checkpoint, cache.PathOf(cache.Find(Name)!));
        }
        using var detector = Detector.Load(Name);
        Assert.Equal(3, detector.Classes.Count);
        var misspelt = Assert.Throws<CheckpointException>(() => Detector.Load("paa_r50_fpn_1x_cocoo"));
        Assert.Contains($"did you mean '{Name}'?", misspelt.Message);
    }

    [Fact]
    public void Mistakes_AreExplained()
    {
        Assert.Throws<ArgumentNullException>(() => Detector.Load((string)null!));
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
        Explained("DetectionOptions.MinScore: expected 0 to 1, got 30", new() { MinScore = 30 });
        Explained("DetectionOptions.NmsIouThreshold: expected 0 to 1", new() { NmsIouThreshold = float.NaN });
        Explained("DetectionOptions.MaxDetections: expected at least 1, got 0", new() { MaxDetections = 0 });
        Explained($"has no class '{detector.Classes[0]}s', did you mean '{detector.Classes[0]}'?",
            new() { Classes = [$"{detector.Classes[0]}s"] });
        detector.Dispose();
        detector.Dispose();                                        // twice is fine
        using var image = Picture(40, 60, 1);
        Assert.Throws<ObjectDisposedException>(() => detector.Detect(image));

        void Explained(string message, DetectionOptions options)
        {
            using var picture = Picture(40, 60, 1);
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => detector.Detect(picture, options)).Message);
        }
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
        var (model, data) = (loaded.Config.Model, loaded.Config.Data);
        model = model with { PostProcessing = model.PostProcessing with { ScoreThreshold = 0, MaxDetections = 20 } };
        data = data with { Test = data.Test with { Scales = [[96, 96]] } };                         // many calls
        return Detector.Of(
            loaded.With(loaded.Config with { Model = model, Data = data }), new InferenceOptions { ThreadCount = 1 });
    }

    static Image Picture(int height, int width, int seed)
    {
        var image = new Image(height, width);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }
}
