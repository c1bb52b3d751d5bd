using System.Diagnostics;
using System.Text.Json;
using Paa.Torch;
using Paa.Torch.Distributed;
using Paa.Torch.Optim;
using Paa.Training;
using Paa.Training.Distributed;

namespace Paa.Benchmarks.Works;

/// <summary>Training steps on several processes of this machine, each with its own batch; the first prints the line.</summary>
static class ParallelStep
{
    const int Megabyte = 1 << 20;
    static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>Starts the processes, or is one of them.</summary>
    /// <param name="args">Arguments of this program, for the processes.</param>
    /// <param name="settings">Those of <see cref="Workload"/>; <c>processes</c>, <c>connected</c>, <c>rounds</c>, <c>threads</c>.
    /// With <c>data=DIR</c> the weights before and after and the batches are written there, for <c>peers/parallel.py</c>.</param>
    public static void Run(string[] args, WorkSettings settings)
    {
        var placement = Placement.FromEnvironment(Environment.GetEnvironmentVariable);
        var processes = settings.Int("processes", 2);
        if (placement is null && processes > 1)
        {
            Start(processes, args);
            return;
        }
        TorchRuntime.ThreadCount = settings.Int("threads", 2);
        var (rounds, isConnected) = (settings.Int("rounds", 5), settings.Int("connected", 1) == 1);
        var folder = settings.Text("data");
        using var work = new Workload(WorkloadOptions.From(settings), seed: placement?.Rank ?? 0);
        settings.ThrowIfUnknown();
        if (folder.Length == 0)
        {
            Run(placement, work, rounds, isConnected);
            return;
        }
        Directory.CreateDirectory(folder);
        var isMain = placement is null or { Rank: 0 };
        if (isMain) work.WriteWeights(Path.Combine(folder, "initial.pth"));
        work.WriteBatch(Path.Combine(folder, $"rank{placement?.Rank ?? 0}."));
        Run(placement, work, rounds, isConnected);
        if (isMain) work.WriteWeights(Path.Combine(folder, "trained.pth"));
    }

    /// <summary>Starts this program once per process and waits for all.</summary>
    static void Start(int processes, string[] args)
    {
        using var store = Store.Tcp("127.0.0.1", 0, isServer: true, Timeout);
        var children = Enumerable.Range(0, processes).Select(rank =>
        {
            var start = new ProcessStartInfo(Environment.ProcessPath!, args);
            var variables = new (string Name, string Value)[]
            {
                ("RANK", $"{rank}"), ("WORLD_SIZE", $"{processes}"),
                ("LOCAL_RANK", $"{rank}"), ("LOCAL_WORLD_SIZE", $"{processes}"),
                ("MASTER_ADDR", "127.0.0.1"), ("MASTER_PORT", $"{store.Port}"), (Placement.LauncherStoreVariable, "True"),
                ("OMP_WAIT_POLICY", "passive"), ("TORCH_CPP_LOG_LEVEL", "ERROR"),
            };
            foreach (var (name, value) in variables) start.Environment[name] = value;
            return Process.Start(start)!;
        }).ToArray();
        foreach (var child in children) child.WaitForExit();
    }

    /// <summary>Times steps as one of the processes.</summary>
    /// <param name="placement">Which; null: the only one.</param>
    /// <param name="work">Network and batch.</param>
    /// <param name="rounds">Steps.</param>
    /// <param name="isConnected">False: the processes train at the same time, each for itself. What is slower then is not the
    /// communication.</param>
    static void Run(Placement? placement, Workload work, int rounds, bool isConnected)
    {
        using var world = placement is null ? World.Single : World.Join(placement, Timeout);
        using var parallel = world.IsSingle || !isConnected ? null : new DataParallel(work.Detector, world);
        using var optimizer = new Sgd(work.Detector.Parameters.Parameters, learningRate: 1e-4, momentum: 0.9, weightDecay: 1e-4);
        var step = new TrainingStep(work.Detector, optimizer) { Parallel = parallel };
        work.Detector.Train();
        var (times, cpuTimes) = (new double[rounds], new double[rounds]);
        for (var round = -2; round < rounds; round++)              // the buckets take their order after the first step
        {
            world.Sum(0);                                           // all begin together
            var (start, cpuStart) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            step.Run(work.Images, work.Grid, work.Samples, rate: 1e-4);
            if (round < 0) continue;
            times[round] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            cpuTimes[round] = (Environment.CpuUsage.TotalTime - cpuStart).TotalMilliseconds;
        }
        var median = new RoundTimes(times).Median;
        var bandwidth = world.IsSingle ? 0 : Bandwidth(world, Megabyte * 25);
        var latency = world.IsSingle ? 0 : AllReduceTime(world, 4) * 1e6;
        if (world.IsMain)
        {
            var comm = parallel?.Times ?? default;
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                processes = world.Size,
                median_ms = median,
                min_ms = times.Min(),
                max_ms = times.Max(),
                cpu_ms = new RoundTimes(cpuTimes).Median,
                images_per_s = world.Size * work.Options.Batch / median * 1000,
                gradient_mb = (parallel?.GradientBytes ?? 0) / (double)Megabyte,
                buckets = parallel?.BucketBytes.Count ?? 0,
                backward_ms = comm.Backward.TotalMilliseconds,
                communication_ms = comm.Communication.TotalMilliseconds,
                overlap_ms = comm.Overlap.TotalMilliseconds,
                bus_mb_per_s = bandwidth / Megabyte,
                latency_us = latency,
            }));
        }
        world.Shutdown();
    }

    /// <summary>Bytes a second that each process sends: 2 (N - 1) / N of the tensor, as in a ring.</summary>
    static double Bandwidth(World world, int bytes) => 2.0 * (world.Size - 1) / world.Size * bytes / AllReduceTime(world, bytes);

    /// <summary>Seconds, the median of ten.</summary>
    static double AllReduceTime(World world, int bytes)
    {
        using var tensor = Tensor.Zeros([bytes / sizeof(float)]);
        var group = world.GroupFor(Device.Cpu);
        return new RoundTimes([.. Enumerable.Range(0, 10).Select(_ =>
        {
            var start = Stopwatch.GetTimestamp();
            group.AllReduce(tensor);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        })]).Median;
    }
}
