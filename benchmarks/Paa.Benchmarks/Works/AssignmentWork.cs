using Paa.Assignment;
using Paa.Data;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Losses;

namespace Paa.Benchmarks.Works;

/// <summary>From the head's outputs to positives: losses of the candidates, then the assignment.</summary>
/// <remarks>
/// Settings: those of <see cref="HeadProblem"/>; <c>batch</c> images with the same objects. The outputs are already
/// flattened, one row per anchor, as the losses need them; so are the peer's.
/// </remarks>
sealed class AssignmentWork : IWork
{
    readonly HeadProblem _problem;
    readonly TensorScope _scope = new();
    readonly FlatOutputs _flat;
    readonly Sample[] _samples;
    readonly CandidateLosses _losses;
    readonly PaaAssigner _assigner = new();
    AssignmentResult[] _assigned = [];

    public AssignmentWork(WorkSettings settings)
    {
        var batch = settings.Int("batch", 1);
        _problem = new HeadProblem(settings);
        var head = new HeadOptions { ClassCount = _problem.ClassCount };
        _flat = FlatOutputs.From(new HeadOutputs<Tensor>(
            [.. _problem.Levels.Select(level => Maps(level.ClassLogits, level))],
            [.. _problem.Levels.Select(level => Maps(level.BoxDeltas, level))],
            [.. _problem.Levels.Select(level => Maps(level.IouLogits, level))]));
        var sample = new Sample
        {
            Geometry = ImageGeometry.Unchanged(_problem.Size),
            Targets = _problem.Targets,
            Candidates = _problem.Candidates,
        };
        _samples = [.. Enumerable.Repeat(sample, batch)];
        _losses = new CandidateLosses(head);

        Tensor Maps(float[] values, HeadProblem.Level level)
        {
            float[] all = [.. Enumerable.Repeat(values, batch).SelectMany(image => image)];
            return Tensor.From(all, batch, values.Length / level.Size.Area, level.Size.Height, level.Size.Width);
        }
    }

    /// <summary>Positives of the batch.</summary>
    public double? Answer => _assigned.Sum(assignment => assignment.Positives.Length);

    public void Run() => _assigned = [.. _samples.Zip(_losses.Compute(_flat, _problem.Grid, _samples),
        (sample, losses) => _assigner.Assign(_problem.Grid, sample.Candidates, losses))];

    public void Dispose() => _scope.Dispose();
}
