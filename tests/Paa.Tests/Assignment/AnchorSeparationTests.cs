using Paa.Assignment;
using Paa.Options;
using static Paa.Assignment.AnchorOutcome;

namespace Paa.Tests.Assignment;

public class AnchorSeparationTests
{
    // Candidate 1 is of component 1 although it lies below the peak, candidate 2; 4 is of component 0 beyond the peak.
    static readonly double[] LogDensity = [-1, -0.5, 0, -0.5, -1, -3];
    static readonly double[] LogOdds = [2, -1, 1, -1, 0, -4];

    [Theory]
    [InlineData(SeparationRule.Peak, SemanticsProfile.Mmdet,
        new[] { Positive, Negative, Positive, Negative, Negative, Negative })]
    [InlineData(SeparationRule.Peak, SemanticsProfile.Original,
        new[] { Positive, Positive, Positive, Negative, Negative, Negative })]
    [InlineData(SeparationRule.Component, SemanticsProfile.Mmdet,
        new[] { Positive, Negative, Positive, Negative, Positive, Negative })]
    [InlineData(SeparationRule.PeakWithGap, SemanticsProfile.Mmdet,
        new[] { Positive, Negative, Positive, Negative, Ignored, Negative })]
    [InlineData(SeparationRule.PeakWithGap, SemanticsProfile.Original,
        new[] { Positive, Positive, Positive, Negative, Ignored, Negative })]
    public void Decide_FollowsTheRule(SeparationRule rule, SemanticsProfile profile, AnchorOutcome[] expected)
    {
        var outcomes = new AnchorOutcome[LogOdds.Length];
        new AnchorSeparation(rule, profile).Decide(LogDensity, LogOdds, outcomes);
        Assert.Equal(expected, outcomes);
    }

    [Fact]
    public void Decide_OnEqualDensities_EndsAtTheFirst()
    {
        var outcomes = new AnchorOutcome[3];
        new AnchorSeparation(SeparationRule.Peak, SemanticsProfile.Mmdet).Decide([-1, 0, 0], [1, 1, 1], outcomes);
        Assert.Equal([Positive, Positive, Negative], outcomes);
    }

    [Theory]
    [InlineData(SemanticsProfile.Mmdet, Negative)]
    [InlineData(SemanticsProfile.Original, Positive)]
    public void Decide_WithoutMembers_FollowsTheProfile(SemanticsProfile profile, AnchorOutcome expected)
    {
        foreach (var rule in Enum.GetValues<SeparationRule>())
        {
            var outcomes = new[] { Ignored, Ignored };
            new AnchorSeparation(rule, profile).Decide([0, 0], [-1, -2], outcomes);
            Assert.All(outcomes, outcome => Assert.Equal(expected, outcome));
        }
    }

    [Fact]
    public void Decide_OfNothing_DoesNothing() =>
        new AnchorSeparation(SeparationRule.Peak, SemanticsProfile.Mmdet).Decide([], [], []);
}
