using BenchmarkDotNet.Attributes;
using Paa.Benchmarks.Works;
using Paa.Boxes;
using Paa.Inference;
using Paa.Options;

namespace Paa.Benchmarks.Parts;

/// <summary>The stages of post-processing on 800x1344 with 50 objects.</summary>
public class PostProcessingBench
{
    readonly PostProcessingOptions _options = new();
    readonly ScoreVoting _voting = new();
    PostProcessor _processor = null!;
    Nms _nms = null!;
    HeadProblem _problem = null!;
    ViewOutput[] _views = [];
    ScoredBoxes _candidates = null!;
    ulong[] _kept = [];

    [Params(80, 1203)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _problem = new HeadProblem(WorkSettings.Parse(["objects=50", $"classes={Classes}"]));
        _views = [_problem.View];
        _processor = new PostProcessor(_options, Classes);
        _nms = new Nms(_options.NmsIouThreshold, _options.MaxDetections, default);
        _candidates = new ScoredBoxes(Classes);
        var random = new Random(6);
        var first = _candidates.AddBoxes(3000);
        for (var i = first; i < 3000; i++)
        {
            var target = random.Next(_problem.Boxes.Length);
            var box = _problem.Boxes[target];
            _candidates[i] = new Box(box.X1 + Jitter(), box.Y1 + Jitter(), box.X2 + Jitter(), box.Y2 + Jitter());
            _candidates.Add(i, _problem.Labels[target], 0.05f + 0.9f * random.NextSingle());
        }
        _kept = [.. _nms.Keep(_candidates)];

        float Jitter() => 12 * (random.NextSingle() - 0.5f);
    }

    [Benchmark]
    public object Whole() => _processor.Process(_views, voting: true);

    [Benchmark]
    public object Nms() => _nms.Keep(_candidates);

    [Benchmark]
    public object Voting() => _voting.Vote(_kept, _candidates);
}
