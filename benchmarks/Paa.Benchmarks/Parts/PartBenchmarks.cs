using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Paa.Benchmarks.Running;

namespace Paa.Benchmarks.Parts;

/// <summary>The parts of which the whole is made, with BenchmarkDotNet.</summary>
static class PartBenchmarks
{
    /// <summary>Runs those that the arguments choose, by default all.</summary>
    /// <remarks>In this process: no project has to be generated and built for each, and the native libraries are found.</remarks>
    public static int Run(string[] arguments)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithLaunchCount(1).WithWarmupCount(5).WithIterationCount(15);
        var config = DefaultConfig.Instance.AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumn(StatisticColumn.Median, StatisticColumn.Min, StatisticColumn.Max)
            .WithArtifactsPath(Path.Combine(RepositoryFiles.Output, "parts"));
        string[] chosen = arguments.Contains("--filter") ? arguments : ["--filter", "*", .. arguments];
        BenchmarkSwitcher.FromAssembly(typeof(PartBenchmarks).Assembly).Run(chosen, config);
        return 0;
    }
}
