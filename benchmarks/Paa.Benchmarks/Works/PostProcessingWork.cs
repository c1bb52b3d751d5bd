using Paa.Inference;
using Paa.Options;

namespace Paa.Benchmarks.Works;

/// <summary>From the head's outputs to detections: sigmoid, the best of each level, decoding, NMS, score voting.</summary>
/// <remarks>Settings: those of <see cref="HeadProblem"/>.</remarks>
sealed class PostProcessingWork : IWork
{
    readonly HeadProblem _problem;
    readonly ViewOutput[] _views;
    readonly PostProcessor _processor;
    Detection[] _detections = [];

    public PostProcessingWork(WorkSettings settings)
    {
        settings.Int("threads", 1);
        _problem = new HeadProblem(settings);
        _views = [_problem.View];
        _processor = new PostProcessor(new ModelOptions().PostProcessing, _problem.ClassCount);
    }

    /// <summary>Sum of all coordinates, in pixels.</summary>
    public double? Answer => _detections.Sum(found => (double)found.Box.X1 + found.Box.Y1 + found.Box.X2 + found.Box.Y2);

    public void Run() => _detections = _processor.Process(_views, voting: true);

    public void Dispose()
    {
    }
}
