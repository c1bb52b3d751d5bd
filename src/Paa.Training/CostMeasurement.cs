using System.Diagnostics;
using System.Runtime.InteropServices;
using Paa.Checkpoints;
using Paa.Data;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;

namespace Paa.Training;

/// <summary>Times what a run is made of: training steps on its own images, an evaluation, a checkpoint.</summary>
/// <remarks>
/// It works on a second set of weights, so nothing of the run changes. The processes of a run measure together, because steps are
/// made together, and the slowest counts.
/// </remarks>
/// <param name="config">The run.</param>
/// <param name="name">Its name.</param>
/// <param name="data">Its images. Borrowed.</param>
/// <param name="folder">Where checkpoints are written; it exists.</param>
/// <param name="world">The processes of the run. Borrowed.</param>
/// <param name="precision">Number formats; null for the configuration's.</param>
sealed class CostMeasurement(
    PaaConfig config, string name, TrainingData data, string folder, World world, StepPrecision? precision)
{
    /// <summary>The share of the budget that timing steps should take, and the most seconds, if these suffice.</summary>
    const double StepsShare = 0.04;
    const double MostStepsSeconds = 20;

    /// <summary>The share of the budget after which timing ends whatever is known by then.</summary>
    const double MostShare = 0.15;

    /// <summary>The first steps are slow: kernels are compiled, memory comes fresh from the system.</summary>
    const int FirstSteps = 3;
    const int LeastSteps = 6;

    /// <summary>The share of the budget that reading images alone, and an evaluation, may take, and the most seconds.</summary>
    const double PartShare = 0.02;
    const double MostPartSeconds = 10;

    const string FileName = ".timing.tmp";

    /// <summary>Measures everything.</summary>
    /// <param name="pace">The clock of the run.</param>
    /// <param name="budget">The time for the whole run.</param>
    /// <param name="stop">Requests a stop.</param>
    /// <returns>The costs, the same on all processes; null if a stop was requested.</returns>
    public RunCosts? Measure(RunPace pace, TimeSpan budget, CancellationToken stop)
    {
        world.Heartbeat("timing the steps");
        using var threads = TorchRuntime.UseThreads(PaaConfig.ComputeThreads(config.ThreadCount, world.LocalSize));
        var start = Stopwatch.GetTimestamp();
        using var trial = new TrainingState(config, name, data, config.Data.BatchSize * world.Size, precision);
        if (world.IsMain) trial.EnsureWeights(_ => { });
        trial.UseLayout();
        using var parallel = world.IsSingle ? null : new DataParallel(trial.Detector, world);
        trial.Step.Parallel = parallel;
        trial.Average?.Begin();
        var preparation = Seconds(start);           // once more for the run itself

        if (Steps(trial, budget.TotalSeconds, stop) is not { } steps) return null;
        var most = Math.Min(PartShare * budget.TotalSeconds, MostPartSeconds);
        var images = Images(steps.Pixels, most);
        world.Heartbeat("timing a checkpoint");
        var checkpoint = Checkpoint(trial);
        world.Heartbeat("timing an evaluation");
        if (Evaluation(trial, most, stop) is not { } evaluation) return null;
        var best = config.Evaluation.SaveBest && evaluation > 0 ? checkpoint / 2 : 0;       // weights alone
        var slowest = Slowest(Math.Max(steps.PerPixel * images.Pixels, images.Seconds), images.First, evaluation + best,
            checkpoint, pace.Elapsed.TotalSeconds + preparation);
        return new RunCosts(slowest[0], slowest[1], slowest[2], slowest[3], slowest[4]);
    }

    /// <summary>Timed steps.</summary>
    /// <param name="PerPixel">Seconds of a step for a pixel of its batch.</param>
    /// <param name="Pixels">Pixels of the batches.</param>
    readonly record struct StepTimes(double PerPixel, List<double> Pixels);

    /// <summary>Trains as the run does; null if a stop was requested.</summary>
    StepTimes? Steps(TrainingState trial, double budget, CancellationToken stop)
    {
        trial.Detector.Train();
        var (seconds, pixels, total) = (new List<double>(), new List<double>(), 0.0);
        var rate = config.Optimizer.LearningRate * config.LearningRate.WarmupRatio;
        var batchCount = data.Loader.BatchCount;
        while (true)
        {
            var start = Stopwatch.GetTimestamp();
            foreach (var batch in data.Loader.Epoch(trial.Position.Epoch))
            {
                using (batch)
                {
                    trial.Step.Run(
                        batch, rate, Accumulation.Of(trial.Position.Batch, batchCount, config.Gradients.AccumulationSteps));
                    trial.Average?.Update(trial.Position);
                    if (trial.Detector.Device is { IsCuda: true } device) TorchRuntime.CudaSynchronize(device.Index);
                    var shared = Slowest(Seconds(start), stop.IsCancellationRequested ? 1 : 0);
                    if (shared[1] > 0) return null;
                    total += shared[0];
                    if (trial.Position.Batch > 0 || batchCount == 1)        // the first of an epoch waits for its images
                    {
                        seconds.Add(shared[0]);
                        pixels.Add(Pixels(batch));
                    }
                }
                if (IsEnough(seconds.Count, total, budget)) return Result();
                trial.Position = trial.Position.NextBatch();
                start = Stopwatch.GetTimestamp();
            }
            trial.Position = trial.Position.NextEpoch();
        }

        StepTimes Result() => new(RobustMean(
            [.. seconds.Zip(pixels, (time, size) => time / size).Skip(Math.Min(FirstSteps, seconds.Count - 1))]), pixels);
    }

    /// <summary>Whether the steps so far say enough, or cost too much.</summary>
    static bool IsEnough(int steps, double seconds, double budget) => steps >= LeastSteps
        ? seconds >= Math.Min(StepsShare * budget, MostStepsSeconds)
        : steps >= 2 && seconds >= MostShare * budget;

    /// <summary>
    /// The mean without the upper and the lower quarter: neither a pause of the machine nor a step that compiled kernels counts.
    /// </summary>
    internal static double RobustMean(double[] values)
    {
        Array.Sort(values);
        var cut = values.Length / 4;
        return values.AsSpan(cut, values.Length - 2 * cut).ToArray().Average();
    }

    /// <summary>
    /// Reads batches alone, to see how large they are on average, how long they take where no step hides it, and how long an
    /// epoch waits for its first ones.
    /// </summary>
    /// <param name="pixels">Pixels of batches already seen.</param>
    /// <param name="mostSeconds">When to end.</param>
    (double Pixels, double Seconds, double First) Images(List<double> pixels, double mostSeconds)
    {
        var (start, count, first) = (Stopwatch.GetTimestamp(), 0, 0.0);
        foreach (var batch in data.Loader.Epoch(epoch: 0))
            using (batch)
            {
                if (count++ == 0) first = Seconds(start);
                pixels.Add(Pixels(batch));
                if (Seconds(start) >= mostSeconds) break;
            }
        return (pixels.Average(), Seconds(start) / count, data.Loader.BatchCount > 1 ? first : 0);
    }

    static double Pixels(Batch batch) => (double)batch.Images.Count * batch.Size.Height * batch.Size.Width;

    /// <summary>Writes a checkpoint and deletes it.</summary>
    double Checkpoint(TrainingState trial)
    {
        if (!world.IsMain) return 0;
        var (start, path) = (Stopwatch.GetTimestamp(), Path.Combine(folder, FileName));
        try
        {
            TorchFile.Write(path, trial.Capture().ToGraph());
            return Seconds(start);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Evaluates some images and scales the time to all; null if a stop was requested.</summary>
    double? Evaluation(TrainingState trial, double mostSeconds, CancellationToken stop)
    {
        if (data.Evaluation is not { } evaluation) return 0;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var start = Stopwatch.GetTimestamp();
        var (first, last, all) = ((Seconds: 0.0, Count: 0), (Seconds: 0.0, Count: 0), 0);
        try
        {
            using var network = trial.CreateInferenceNetwork();
            evaluation.Evaluate(network, Progress, enough.Token);
            return Seconds(start);
        }
        catch (OperationCanceledException)
        {
            if (Slowest(stop.IsCancellationRequested ? 1 : 0)[0] > 0) return null;
            var perImage = last.Count > first.Count ? (last.Seconds - first.Seconds) / (last.Count - first.Count)
                : first.Seconds / first.Count;
            return first.Seconds + (all - first.Count) * perImage;
        }

        void Progress(int count, int total)
        {
            (last, all) = ((Seconds(start), count), total);
            if (first.Count == 0) first = last;
            if (last.Seconds >= mostSeconds && count >= LeastSteps) enough.Cancel();
        }
    }

    /// <summary>The largest of each number over all processes. Collective.</summary>
    double[] Slowest(params double[] numbers)
    {
        if (world.IsSingle) return numbers;
        var all = world.Gather(MemoryMarshal.AsBytes<double>(numbers))
            .Select(part => MemoryMarshal.Cast<byte, double>(part).ToArray()).ToArray();
        return [.. Enumerable.Range(0, numbers.Length).Select(index => all.Max(part => part[index]))];
    }

    static double Seconds(long start) => Stopwatch.GetElapsedTime(start).TotalSeconds;
}
