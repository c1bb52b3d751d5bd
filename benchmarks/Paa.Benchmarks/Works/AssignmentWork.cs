using Paa.Training.Losses;
using Paa.Models;
using Paa.Options;
using Paa.Torch;

namespace Paa.Benchmarks.Works;

/// <summary>From the head's outputs to positives: losses of the candidates, then the assignment.</summary>
/// <remarks>
/// Settings: those of <see cref="HeadProblem"/>; <c>batch</c> images with the same objects. Outputs lie flattened already,
/// one row
/// an anchor, as the losses need them anyway; so do the peer's.
/// </remarks>
sealed class AssignmentWork : IWork
{
    readonly HeadProblem _problem;
    readonly TensorScope _scope = new();
    readonly FlatOutputs _flat;
    readonly ImageTargets[] _targets;
    readonly PaaLoss _loss;
    ImageAssignment[] _assigned = [];

    public AssignmentWork(WorkSettings settings)
    {
        var batch = settings.Int("batch", 1);
        _problem = new HeadProblem(settings);
        var head = new HeadOptions { ClassCount = _problem.ClassCount };
        _flat = FlatOutputs.From(new HeadOutputs<Tensor>(
            [.. _problem.Levels.Select(level => Maps(level.ClassLogits, level))],
            [.. _problem.Levels.Select(level => Maps(level.BoxDeltas, level))],
            [.. _problem.Levels.Select(level => Maps(level.IouLogits, level))]));
        _targets = [.. Enumerable.Repeat(
            new ImageTargets(_problem.Boxes, _problem.Labels, _problem.Candidates, _problem.Size), batch)];
        _loss = new PaaLoss(new() { Head = head });

        Tensor Maps(float[] values, HeadProblem.Level level)
        {
            float[] all = [.. Enumerable.Repeat(values, batch).SelectMany(image => image)];
            return Tensor.From(all, batch, values.Length / level.Size.Area, level.Size.Height, level.Size.Width);
        }
    }

    /// <summary>Positives of the batch.</summary>
    public double? Answer => _assigned.Sum(image => image.Assignment.Positives.Length);

    public void Run() => _assigned = _loss.Assign(_flat, _problem.Grid, _targets);

    public void Dispose() => _scope.Dispose();
}
