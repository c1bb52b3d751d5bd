using System.Diagnostics;
using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Networks;

namespace Paa.Training;

/// <summary>A measured training step of one batch size.</summary>
/// <param name="BatchSize">Images per step.</param>
/// <param name="PeakBytes">Peak memory so far: of the process on the CPU, of its tensors on a CUDA device.</param>
/// <param name="Time">Time of one step, after the optimiser has allocated its memory.</param>
public sealed record BatchSizeTrial(int BatchSize, long PeakBytes, TimeSpan Time);

/// <summary>
/// Finds how many images a training step can hold, by real steps on images of the configuration's largest size.
/// </summary>
/// <remarks>
/// Memory grows linearly with the batch, above what the network and the libraries take, so two trials predict all others.
/// </remarks>
public static class BatchSizeFinder
{
    const int BoxesPerImage = 20;

    /// <summary>
    /// Tries 1, 2, 4, ... images until the next trial would exceed the limit or a device is out of memory. Enumerate it on one
    /// thread.
    /// </summary>
    /// <param name="config">Its network, image scale, precision, optimiser and device are used; no data is read.</param>
    /// <param name="memoryLimit">The limit in bytes.</param>
    /// <param name="largest">Maximum number of images.</param>
    public static IEnumerable<BatchSizeTrial> Try(PaaConfig config, long memoryLimit, int largest)
    {
        using var threads = TorchRuntime.UseThreads(PaaConfig.ComputeThreads(config.ThreadCount));
        using var detector = new TorchDetector(config.Model, Device.Parse(config.Device));
        detector.InitializeWeights(config.Seed);
        detector.Train();
        using var optimizer = OptimizerFactory.Create(config.Optimizer, detector.Parameters);
        var step = TrainingStep.Create(config, detector, optimizer);
        if (step.Precision.IsChannelsLast) detector.UseChannelsLast();
        var size = LargestSize(config.Data);
        Run(step, detector, size, 1);

        var trials = new List<BatchSizeTrial>();
        for (var batch = 1; batch <= largest && (trials.Count < 2 || Predict(trials, batch) <= memoryLimit); batch *= 2)
        {
            if (Measure(step, detector, size, batch) is not { } trial) yield break;
            var before = trials.Count > 0 ? trials[^1].PeakBytes : 0;
            trial = trial with { PeakBytes = Math.Max(trial.PeakBytes, before) };       // the kernel's peak may vary by a page
            trials.Add(trial);
            yield return trial;
            if (trial.PeakBytes > memoryLimit) yield break;
        }
    }

    /// <summary>
    /// The largest number of images whose step stays within a limit, on the line through the last two trials; 0 if not even one
    /// image does.
    /// </summary>
    /// <param name="trials">Trials in the order of <see cref="Try"/>.</param>
    /// <param name="memoryLimit">The limit in bytes.</param>
    public static int Largest(IReadOnlyList<BatchSizeTrial> trials, long memoryLimit)
    {
        if (trials.Count < 2) return trials.Count(trial => trial.PeakBytes <= memoryLimit);
        var (before, last) = (trials[^2], trials[^1]);
        var bytesPerImage = Math.Max(1, (last.PeakBytes - before.PeakBytes) / (last.BatchSize - before.BatchSize));
        return (int)Math.Max(0, last.BatchSize + Math.Floor((memoryLimit - last.PeakBytes) / (double)bytesPerImage));
    }

    /// <summary>Height and width of the largest training image after padding; of equal ones, the wide.</summary>
    /// <param name="data">Supplies the scales, their ratios and the crop.</param>
    public static ImageSize LargestSize(DataOptions data)
    {
        var ratio = data.Train.RatioRange?[1] ?? 1;
        var shortSide = (int)(data.Train.Scales.Max(scale => scale.Min()) * ratio);
        var longSide = (int)(data.Train.Scales.Max(scale => scale.Max()) * ratio);
        var (height, width) = data.Train.RandomCrop switch
        {
            { CropType: CropType.Absolute } crop => (crop.CropSize[0], crop.CropSize[1]),
            { CropType: CropType.AbsoluteRange } crop => (crop.CropSize[1], crop.CropSize[1]),
            _ => (double.MaxValue, double.MaxValue),
        };
        var (wide, tall) = (Cut(shortSide, longSide), Cut(longSide, shortSide));
        return tall.Area > wide.Area ? tall : wide;

        ImageSize Cut(int rows, int columns) => new(Pad((int)Math.Min(rows, height)), Pad((int)Math.Min(columns, width)));

        int Pad(int side) => (side + data.SizeDivisor - 1) / data.SizeDivisor * data.SizeDivisor;
    }

    static long Predict(List<BatchSizeTrial> trials, int batch)
    {
        var (before, last) = (trials[^2], trials[^1]);
        var bytesPerImage = (last.PeakBytes - before.PeakBytes) / (last.BatchSize - before.BatchSize);
        return last.PeakBytes + bytesPerImage * (batch - last.BatchSize);
    }

    static BatchSizeTrial? Measure(TrainingStep step, TorchDetector detector, ImageSize size, int batch)
    {
        var device = detector.Device;
        if (device.IsCuda) TorchRuntime.CudaResetPeak(device.Index);
        try
        {
            var time = Run(step, detector, size, batch);
            return new BatchSizeTrial(batch, PeakMemory.Bytes(device), time);
        }
        catch (TorchException error) when (error.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
    }

    static TimeSpan Run(TrainingStep step, TorchDetector detector, ImageSize size, int batch)
    {
        using var scope = new TensorScope();
        var random = new Random(0);
        var grid = detector.Network.AnchorGenerator.Grid(size);
        var matcher = new MaxIouMatcher(detector.Network.Options.Assignment.Matcher);
        Sample[] samples = [.. Enumerable.Range(0, batch).Select(_ =>
        {
            Box[] boxes = [.. Enumerable.Range(0, BoxesPerImage).Select(_ => RandomBox(random, size))];
            int[] labels = [.. boxes.Select(_ => random.Next(detector.Network.Options.Head.ClassCount))];
            var targets = new Targets(boxes, labels, Ignored: []);
            return new Sample
            {
                Geometry = ImageGeometry.Unchanged(size),
                Targets = targets,
                Candidates = matcher.Match(grid, size, targets),
            };
        })];
        var images = Tensor.Zeros([batch, 3, size.Height, size.Width], device: detector.Device).NormalInPlace();
        var start = Stopwatch.GetTimestamp();
        step.Run(images, grid, samples, rate: 0);
        return Stopwatch.GetElapsedTime(start);
    }

    static Box RandomBox(Random random, ImageSize image)
    {
        var (width, height) = (Side(image.Width), Side(image.Height));
        var (x, y) = (random.NextSingle() * (image.Width - width), random.NextSingle() * (image.Height - height));
        return new Box(x, y, x + width, y + height);

        float Side(int length) => length * (0.05f + 0.45f * random.NextSingle());
    }
}
