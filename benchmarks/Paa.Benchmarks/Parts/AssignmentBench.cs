using BenchmarkDotNet.Attributes;
using Paa.Assignment;
using Paa.Benchmarks.Works;
using Paa.Boxes;

namespace Paa.Benchmarks.Parts;

/// <summary>First stage, mixture fit and second stage for the objects of one image of 800x1344.</summary>
public class AssignmentBench
{
    readonly MaxIouMatcher _matcher = new(new());
    readonly PaaAssigner _assigner = new(new());
    HeadProblem _problem = null!;
    float[] _losses = [], _ofOneObject = [];

    [Params(1, 50, 500)]
    public int Objects { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _problem = new HeadProblem(WorkSettings.Parse([$"objects={Objects}", "classes=1"]));
        var random = new Random(4);
        _losses = [.. _problem.Candidates.Anchors.Select((anchor, i) =>
            2 - BoxOverlap.Iou(_problem.Grid.Boxes[anchor], _problem.Boxes[_problem.Candidates.Boxes[i]])
                + 0.3f * random.NextSingle())];
        _ofOneObject = [.. _losses.Take(45).Order()];
    }

    [Benchmark]
    public object Match() => _matcher.Match(_problem.Grid, _problem.Size, _problem.Targets);

    [Benchmark]
    public GaussianMixture FitMixture() => GaussianMixture.Fit(_ofOneObject);

    [Benchmark]
    public object Assign() => _assigner.Assign(_problem.Grid, _problem.Candidates, _losses);
}
