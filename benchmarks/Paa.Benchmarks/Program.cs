// Times one kind of work and prints one JSON line: median and spread in milliseconds, peak memory.
// usage: Paa.Benchmarks step|infer|parallel [depth=50] [height=800] [width=1344] [batch=1] [boxes=8] [classes=80] [base=64] [channels=256]
//        [rounds=5] [threads=2] [torch=0] [int8=0] [processes=2] [connected=1]
using System.Diagnostics;
using System.Globalization;
using Paa.Benchmarks;
using Paa.Distributed;
using Paa.Inference;
using Paa.Quantization;
using Paa.Torch;
using Paa.Torch.Optim;

var settings = args.Skip(1).Select(a => a.Split('=', 2)).ToDictionary(p => p[0], p => int.Parse(p[1], CultureInfo.InvariantCulture));
int Setting(string name, int otherwise) => settings.GetValueOrDefault(name, otherwise);

var placement = Placement.FromEnvironment(Environment.GetEnvironmentVariable);
if (args.FirstOrDefault() == "parallel" && placement is null && Setting("processes", 2) > 1)
{
    ParallelStep.Start(Setting("processes", 2), args);
    return;
}
TorchRuntime.ThreadCount = Setting("threads", 2);
using var work = new Workload(new WorkloadOptions(
    Setting("depth", 50), Setting("height", 800), Setting("width", 1344), Setting("batch", 1), Setting("boxes", 8),
    Setting("classes", 80), Setting("base", 64), Setting("channels", 256), Setting("frozen", 1)));
if (args.FirstOrDefault() == "parallel")
{
    ParallelStep.Run(placement, work, Setting("rounds", 5), isConnected: Setting("connected", 1) == 1);
    return;
}
var run = args.FirstOrDefault() switch
{
    "step" => TrainingStep(work),
    "infer" => Inference(work),
    _ => throw new ArgumentException("usage: Paa.Benchmarks step|infer|parallel [name=value ...]"),
};

run();
var times = new List<double>();
for (var round = 0; round < Setting("rounds", 5); round++)
{
    var start = Stopwatch.GetTimestamp();
    run();
    times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
}
times.Sort();
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $$"""{"median_ms": {{times[times.Count / 2]:F1}}, "min_ms": {{times[0]:F1}}, "max_ms": {{times[^1]:F1}}, "peak_rss_mb": {{Process.GetCurrentProcess().PeakWorkingSet64 / 1048576}}}"""));

static Action TrainingStep(Workload work)
{
    work.Detector.Train();
    var optimizer = new Sgd(work.Detector.Parameters.Parameters, learningRate: 1e-4, momentum: 0.9, weightDecay: 1e-4);
    return () =>
    {
        using var scope = new TensorScope();
        var losses = work.Detector.Loss(work.Images, work.Grid, work.Targets);
        optimizer.ClearGradients();
        losses.Total().Backward();
        optimizer.Step();
        losses.Read();
    };
}

Action Inference(Workload work)
{
    work.Detector.Eval();
    work.SilenceUntrainedClasses();
    var options = work.Detector.Options;
    var pixels = work.Images.ToArray<float>();
    var engine = Setting("torch", 0) == 1 ? InferenceEngine.Torch : InferenceEngine.Auto;
    var network = engine.Create(work.Detector, Setting("int8", 0) == 1 ? Quantize(work, pixels) : null);
    var processor = new PostProcessor(options.TestCfg, options.BboxHead.NumClasses, options.TrainCfg.Profile);
    return () =>
    {
        foreach (var levels in network.Infer(pixels, work.Options.Batch, work.Size))
            processor.Process(levels, work.Grid, work.Size, [], voting: true);
    };
}

// Ranges from the workload's own image: they are of random weights anyway.
static QuantizationParameters Quantize(Workload work, float[] pixels)
{
    using var quantizer = new Quantizer(work.Detector, new QuantizerOptions { SensitivityImages = 0 });
    quantizer.Look(pixels.AsSpan(0, 3 * work.Size.Area), work.Size);
    return quantizer.Quantize().Parameters;
}
