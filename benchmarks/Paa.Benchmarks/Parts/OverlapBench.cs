using BenchmarkDotNet.Attributes;
using Paa.Benchmarks.Works;
using Paa.Boxes;
using Paa.Inference;

namespace Paa.Benchmarks.Parts;

/// <summary>IoU of one box with many, one by one and by whole vectors.</summary>
public class OverlapBench
{
    readonly BoxColumns _columns = new();
    Box[] _boxes = [];
    Box _box;

    [Params(1000)]
    public int Boxes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(5);
        var image = new ImageSize(800, 1344);
        _boxes = [.. Enumerable.Range(0, Boxes).Select(_ => Workload.RandomBox(random, image))];
        _box = Workload.RandomBox(random, image);
        foreach (var box in _boxes) _columns.Add(box, random.NextSingle());
    }

    [Benchmark(Baseline = true)]
    public bool OneByOne()
    {
        var any = false;
        foreach (ref readonly var other in _boxes.AsSpan()) any |= BoxOverlap.Iou(_box, other) > 1;
        return any;
    }

    [Benchmark]
    public bool ByVectors() => BoxOverlap.AnyIouAbove(_box, _columns, 1);

    [Benchmark]
    public Box WeightedMean() => ScoreVoting.WeightedMean(_box, _columns);
}
