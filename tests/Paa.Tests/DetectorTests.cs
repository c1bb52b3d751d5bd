using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Paa.Boxes;
using Paa.Engines;
using Paa.Imaging;
using Paa.Inference;
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
    public void Detect_From8Threads_GivesWhatEachWouldGetAlone()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        // Sizes differ, so that plans are compiled and used in any order; options, so that limits change from call to call.
        (Image Image, DetectionOptions? Options)[] calls =
        [
            .. Enumerable.Range(0, 8).Select(i => (
                Noise(40 + 8 * (i % 3), 64 + 16 * (i % 2), seed: i),
                i % 2 == 0 ? null : new DetectionOptions { MinScore = 0, MaxDetections = 5 + i })),
        ];
        var expected = calls.Select(call => detector.Detect(call.Image, call.Options)).ToArray();
        var threads = calls.Select((call, i) => new Thread(() =>
        {
            for (var turn = 0; turn < 5; turn++)
                if (!detector.Detect(call.Image, call.Options).SequenceEqual(expected[i])) expected[i] = [];
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.All(expected, Assert.NotEmpty);
        Array.ForEach(calls, call => call.Image.Dispose());
    }

    [Fact]
    public void Dispose_WaitsForCallsUnderWay_AndRefusesLaterOnes()
    {
        using var folder = new TemporaryFolder();
        var detector = Load(folder);
        using var image = Noise(64, 64);
        var (expected, wrong, refused) = (detector.Detect(image), 0, 0);
        using var started = new CountdownEvent(8);
        var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
        {
            started.Signal();
            try
            {
                while (true)
                    if (!detector.Detect(image).SequenceEqual(expected)) Interlocked.Increment(ref wrong);
            }
            catch (ObjectDisposedException)
            {
                Interlocked.Increment(ref refused);
            }
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        started.Wait();
        detector.Dispose();
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal((0, 8), (wrong, refused));
    }

    [Fact]
    public void Options_ChooseWhatIsKept_OfACallOrOfAllCalls()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(50, 90);
        var all = detector.Detect(image, new() { MinScore = 0 });
        Assert.Equal(all.OrderByDescending(found => found.Score), all);
        Assert.All(all, found => Assert.Equal(detector.Classes[found.Label], found.Name));
        var name = all[0].Name;
        Assert.Equal(all[..2], detector.Detect(image, new() { MinScore = 0, MaxDetections = 2 }));
        Assert.Equal(
            all.Where(found => found.Name == name), detector.Detect(image, new() { MinScore = 0, Classes = [name] }));
        var median = all[all.Length / 2].Score;
        Assert.Equal(all.Where(found => found.Score >= median), detector.Detect(image, new() { MinScore = median }));
        Assert.True(detector.Detect(image, new() { MinScore = 0, NmsIouThreshold = 0.1f, MaxDetections = 1000 }).Length
            < detector.Detect(image, new() { MinScore = 0, NmsIouThreshold = 0.9f, MaxDetections = 1000 }).Length);
        Assert.NotEqual(detector.Detect(image, new() { MinScore = 0, ScoreVoting = false }), all);

        using var strict = Detector.Load(folder["model.pth"], config: detector.Config, detection: new() { MinScore = median });
        Assert.Equal(detector.Detect(image, new() { MinScore = median }), strict.Detect(image));
        Assert.Equal(all, strict.Detect(image, new() { MinScore = 0 }));
    }

    [Fact]
    public void WarmUp_LeavesResultsAsTheyAre()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(50, 90);
        var expected = detector.Detect(image);
        detector.WarmUp();
        detector.WarmUp(50, 90, count: 3);
        Assert.Equal(expected, detector.Detect(image));
        Assert.Throws<ArgumentOutOfRangeException>(() => detector.WarmUp(count: 0));
    }

    [Fact]
    public void Draw_WritesAPictureWithTheBoxes()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(50, 90);
        image.Save(folder["photo.png"]);
        var found = detector.Detect(folder["photo.png"]);
        detector.Draw(folder["photo.png"], found, folder["drawn.png"]);
        detector.Draw(image, found);
        using var drawn = Image.Load(folder["drawn.png"]);
        Assert.True(drawn.Pixels.SequenceEqual(image.Pixels));
        using var photo = Image.Load(folder["photo.png"]);
        Assert.False(drawn.Pixels.SequenceEqual(photo.Pixels));
    }

    [Fact]
    public void Meter_CountsImagesObjectsAndCallers()
    {
        using var folder = new TemporaryFolder();
        using var detector = Load(folder);
        using var image = Noise(50, 90);
        var sums = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == PredictionMeter.Name) self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Add(instrument, value));
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        listener.Start();
        var found = detector.Detect([image, image]);
        Assert.Throws<OperationCanceledException>(() => detector.Detect(image, cancellation: new(canceled: true)));
        Assert.Equal(2, sums["paa.images"]);
        Assert.Equal(found.Sum(own => own.Length), sums["paa.detections"]);
        Assert.True(sums["paa.call.duration"] > 0);
        Assert.Equal(0, sums["paa.callers"]);

        void Add(Instrument instrument, double value) =>
            sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
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

    static Image Noise(int height, int width, int seed = 3)
    {
        var image = new Image(height, width);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    static long ResidentBytes()
    {
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
