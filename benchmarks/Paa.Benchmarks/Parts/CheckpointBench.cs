using BenchmarkDotNet.Attributes;
using Paa.Checkpoints;
using Paa.Detectors;
using Paa.Options;
using Paa.Training.Networks;

namespace Paa.Benchmarks.Parts;

/// <summary>Reading the weights of R-50, 130 MB that lie in the cache of the file system.</summary>
public class CheckpointBench
{
    string _folder = "";

    [Params("zip.pth", "legacy.pth", "weights.safetensors")]
    public string File { get; set; } = "";

    string FilePath => Path.Combine(_folder, File);

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("paa-weights-").FullName;
        using var detector = new TorchDetector(new ModelOptions());
        detector.InitializeWeights(seed: 0);
        var weights = detector.ToStateDict();
        if (File.EndsWith(".safetensors", StringComparison.Ordinal)) SafetensorsFile.Write(FilePath, weights);
        else TorchFile.Write(FilePath, weights.ToGraph(),
            File.StartsWith("zip", StringComparison.Ordinal) ? CheckpointFormat.Zip : CheckpointFormat.Legacy);
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public StateDict Read() => StateDict.Load(FilePath);

    [Benchmark]
    public LoadedDetector LoadDetector() => DetectorFile.Load(FilePath);
}
