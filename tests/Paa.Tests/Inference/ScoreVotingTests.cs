using Paa.Boxes;
using Paa.Inference;

namespace Paa.Tests.Inference;

public class ScoreVotingTests
{
    [Fact]
    public void Vote_IsTheWeightedMeanOfTheClass()
    {
        var candidates = new ScoredBoxes(2);
        candidates.AddBoxes(4);
        candidates[0] = new Box(0, 0, 10, 10);
        candidates[1] = new Box(0, 0, 10, 8);                           // IoU 0.8
        candidates[2] = new Box(0, 0, 10, 9);                           // of another class
        candidates[3] = new Box(50, 50, 60, 60);                        // apart
        candidates.Add(0, 1, 0.9f);
        candidates.Add(1, 1, 0.6f);
        candidates.Add(2, 0, 0.8f);
        candidates.Add(3, 1, 0.8f);
        var weight = 0.6f * MathF.Exp(-0.2f * 0.2f / 0.025f);

        var voted = Assert.Single(new ScoreVoting().Vote([candidates.Keys[0]], candidates));
        Assert.Equal((1, 0.9f), (voted.Label, voted.Score));
        Assert.Equal((10 * 0.9f + 8 * weight) / (0.9f + weight), voted.Box.Y2, 1e-5f);
        Assert.Equal(new Box(0, 0, 10, voted.Box.Y2), voted.Box);
    }

    [Fact]
    public void Vote_OfBoxWithoutArea_KeepsItsPlace()
    {
        var candidates = new ScoredBoxes(1);
        candidates.AddBoxes(1);
        candidates[0] = new Box(5, 5, 5, 9);
        candidates.Add(0, 0, 0.9f);
        Assert.Equal(candidates[0], Assert.Single(new ScoreVoting().Vote([candidates.Keys[0]], candidates)).Box);
    }

    [Fact]
    public void Vote_GroupsByClass_WithinOneBestFirst()
    {
        var candidates = new ScoredBoxes(3);
        candidates.AddBoxes(4);
        (int Label, float Score)[] pairs = [(2, 0.9f), (0, 0.8f), (2, 0.7f), (0, 0.6f)];
        foreach (var (i, (label, score)) in pairs.Index())
        {
            candidates[i] = new Box(20 * i, 0, 20 * i + 10, 10);
            candidates.Add(i, label, score);
        }
        var voted = new ScoreVoting().Vote(candidates.Keys.ToArray(), candidates);
        Assert.Equal([(0, 0.8f), (0, 0.6f), (2, 0.9f), (2, 0.7f)], voted.Select(detection => (detection.Label, detection.Score)));
    }
}
