using BenchmarkDotNet.Attributes;
using Paa.Benchmarks.Works;
using Paa.Data;
using Paa.Evaluation;

namespace Paa.Benchmarks.Parts;

/// <summary>The stages of COCO evaluation: 1,000 images, 80 classes, 100,000 detections.</summary>
public class CocoBench
{
    string _folder = "";
    CocoDataset _dataset = null!;
    CocoResult[] _results = [];
    CocoTable _table = null!;
    uint[] _outcomes = [];
    int[] _counts = [];

    string Annotations => Path.Combine(_folder, "instances.json");

    string Detections => Path.Combine(_folder, "detections.json");

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("paa-coco-").FullName;
        new CocoProblem(Images: 1000, Classes: 80, Boxes: 7200, Detections: 100).Write(Annotations, Detections);
        (_dataset, _results) = (ReadAnnotations(), ReadResults());
        _table = new CocoTable(_dataset, _results, "results", CocoParameters.MaxDetections[^1]);
        _outcomes = new uint[CocoParameters.Areas.Length * _table.Detections.Length];
        _counts = new int[CocoParameters.Areas.Length * _table.CategoryIds.Length];
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark]
    public CocoDataset ReadAnnotations() => CocoDataset.Load(Annotations);

    [Benchmark]
    public CocoResult[] ReadResults() => CocoResults.Read(Detections);

    [Benchmark]
    public object Sort() => new CocoTable(_dataset, _results, "results", CocoParameters.MaxDetections[^1]);

    [Benchmark]
    public void Match()
    {
        var matcher = new PairMatcher(_table);
        foreach (var pair in _table.Pairs) matcher.Match(pair, _outcomes, _counts);
    }

    [Benchmark]
    public CocoMetrics Evaluate() => CocoEvaluator.Evaluate(_dataset, _results);
}
