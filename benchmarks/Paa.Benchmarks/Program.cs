using Paa.Benchmarks.Parts;
using Paa.Benchmarks.Report;
using Paa.Benchmarks.Running;
using Paa.Benchmarks.Works;

const string Usage = """
    usage: Paa.Benchmarks run [--quick] [--only ID,...] [--out FILE]    everything, beside the peers; as ./build.sh bench
           Paa.Benchmarks list                                          the ids
           Paa.Benchmarks KIND [NAME=VALUE ...]                         one kind of work by itself: one JSON line
           Paa.Benchmarks parallel [processes=2] [connected=1] [NAME=VALUE ...]    training steps on several processes
           Paa.Benchmarks parts [BENCHMARKDOTNET ARGUMENTS]             the parts, with BenchmarkDotNet
           Paa.Benchmarks page RESULT.json PAGE.html                    draws a result
           Paa.Benchmarks versions                                      of everything that is linked, as JSON
    """;

try
{
    switch (args)
    {
        case ["run", .. var options]:
            return Suite.Run(SuiteOptions.Parse(options));
        case ["list"]:
            foreach (var (id, text) in Suite.Ids) Console.WriteLine($"{id,-24} {text}");
            return 0;
        case ["parts", .. var options]:
            return PartBenchmarks.Run(options);
        case ["page", var result, var page]:
            BenchmarkPage.Write(page, BenchmarkResult.Read(result));
            return 0;
        case ["parallel", .. var settings]:
            ParallelStep.Run(args, WorkSettings.Parse(settings));
            return 0;
        case ["versions"]:
            Console.WriteLine(Versions.ToJson(Versions.Own()));
            return 0;
        case [var kind, .. var settings] when WorkCatalogue.Has(kind):
            return Worker.Run(kind, WorkSettings.Parse(settings));
        default:
            Console.Error.WriteLine(Usage);
            return 2;
    }
}
catch (UsageException error)
{
    Console.Error.WriteLine($"Paa.Benchmarks: {error.Message}");
    return 2;
}
