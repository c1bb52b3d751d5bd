using Paa.Assignment;
using Paa.Boxes;
using Paa.Data;
using Paa.Models;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Losses;

namespace Paa.Tests.Training.Losses;

/// <summary>The losses of a batch by the parts of a training step, each of which can be looked at.</summary>
/// <param name="CandidateLosses">Of each image, one per candidate.</param>
/// <param name="Assignments">Of each image.</param>
/// <param name="Losses">Of the batch.</param>
sealed record LossParts(float[][] CandidateLosses, AssignmentResult[] Assignments, PaaLosses Losses)
{
    public static LossParts Of(ModelOptions model, HeadOutputs<Tensor> outputs, AnchorGrid grid, IReadOnlyList<Sample> samples)
    {
        var flat = FlatOutputs.From(outputs);
        var candidateLosses = new CandidateLosses(model.Head).Compute(flat, grid, samples);
        var assigner = new PaaAssigner(model);
        var assignments = samples.Zip(candidateLosses, (sample, own) => assigner.Assign(grid, sample.Candidates, own)).ToArray();
        return new LossParts(candidateLosses, assignments, new PaaLoss(model).Forward(flat, grid, samples, assignments));
    }

    /// <summary>A sample of the loss, with candidates.</summary>
    public static Sample Sample(Box[] boxes, int[] labels, AnchorGrid grid, ImageSize padShape, MatcherOptions? matcher = null)
    {
        var targets = new Targets(boxes, labels, []);
        return new Sample
        {
            Geometry = ImageGeometry.Unchanged(padShape),
            Targets = targets,
            Candidates = new MaxIouMatcher(matcher ?? new()).Match(grid, padShape, targets),
        };
    }
}
