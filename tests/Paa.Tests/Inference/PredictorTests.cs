using System.Diagnostics;
using Paa.Configuration;
using Paa.Imaging;
using Paa.Inference;
using Paa.Tests.Models;
using Paa.Torch;

namespace Paa.Tests.Inference;

[Collection("Native")]
public class PredictorTests
{
    [Fact]
    public void Predict_GivesBoxesInsideTheImage()
    {
        using var folder = new TemporaryFolder();
        using var predictor = Load(folder);
        using var image = Noise(50, 90);
        var found = predictor.Predict(image);
        Assert.NotEmpty(found);
        Assert.True(found.Length <= predictor.Config.Model.TestCfg.MaxPerImg);
        Assert.All(found, detection =>
        {
            Assert.InRange(detection.Box.X1, 0, 90);
            Assert.InRange(detection.Box.X2, detection.Box.X1, 90.01f);
            Assert.InRange(detection.Box.Y2, detection.Box.Y1, 50.01f);
            Assert.InRange(detection.Label, 0, 2);
        });
    }

    [Fact]
    public void Predict_FromManyThreads_GivesTheSame()
    {
        using var folder = new TemporaryFolder();
        using var predictor = Load(folder);
        using var image = Noise(64, 64);
        var expected = predictor.Predict(image);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => Assert.Equal(expected, predictor.Predict(image)));
    }

    [Fact]
    public void Predict_TwoThousandTimes_KeepsNothing()
    {
        const int warmUp = 200;
        const int count = 2000;
        const long allowedGrowth = 48 << 20; // the managed heap breathes by some MB; a leaked image a call would be 100 MB
        using var folder = new TemporaryFolder();
        using var predictor = Load(folder);
        using var image = Noise(64, 64);
        for (var i = 0; i < warmUp; i++) predictor.Predict(image);
        var (tensors, memory) = (TorchRuntime.LiveTensorCount, ResidentBytes());
        for (var i = warmUp; i < count; i++) predictor.Predict(image);
        Assert.Equal(tensors, TorchRuntime.LiveTensorCount);
        Assert.InRange(ResidentBytes() - memory, long.MinValue, allowedGrowth);
    }

    static Predictor Load(TemporaryFolder folder)
    {
        using var detector = SmallDetector.Create();
        var config = new PaaConfig
        {
            Model = SmallDetector.Options,
            Data = new DataOptions { Test = new DatasetOptions { ImgScale = [[64, 64]] } },
        };
        return Predictor.Load(SmallDetector.Save(detector, folder["model.pth"]), config: config);
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
