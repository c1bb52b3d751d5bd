using Paa.Assignment;
using Paa.Boxes;
using Paa.Options;
using Paa.Tests.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Assignment;

public class PaaAssignerTests
{
    const string Index = "gmm/reassign.json";

    static readonly AnchorGenerator Generator = new(new());
    static readonly ImageSize Input = new(256, 256);
    static readonly AnchorGrid Grid = Generator.Grid(Input);

    public static TheoryData<string> GoldenCases => GoldenFolder.Cases(Index);

    [Fact]
    public void Assign_FitsWithTheCovarianceTypeOfTheHead()
    {
        var candidates = Of([0, 1, 2, 3], [0, 0, 0, 0]);
        foreach (var covariance in Enum.GetValues<CovarianceType>())
        {
            var fits = new List<ObjectFit>();
            new PaaAssigner(new ModelOptions { Head = new() { CovarianceType = covariance } })
                .Assign(Grid, candidates, [3.3f, 3.3001f, 3.3002f, 3.3003f], fits);
            Assert.Equal(GaussianMixture.Fit([3.3f, 3.3001f, 3.3002f, 3.3003f], covariance), Assert.Single(fits).Mixture);
        }
    }

    [Fact]
    public void Assign_OfTwoClearModes_TakesTheLowOneUpToItsDensestMember()
    {
        var candidates = Of([10, 11, 12, 13, 14, 15], [0, 0, 0, 0, 0, 0]);
        var result = new PaaAssigner().Assign(Grid, candidates, [9.1f, 1f, 9f, 1.1f, 0.9f, 8.9f]);
        Assert.Equal([14, 11], result.Positives);                       // 0.9, then 1.0 in the middle of the mode
        Assert.Equal([0, 0], result.Boxes);
        Assert.Empty(result.Ignored);
    }

    [Fact]
    public void Assign_WithGap_IgnoresTheRestOfTheLowMode()
    {
        var candidates = Of([10, 11, 12, 13, 14, 15], [0, 0, 0, 0, 0, 0]);
        var assigner = new PaaAssigner(SeparationRule.PeakWithGap);
        Assert.Equal([13], assigner.Assign(Grid, candidates, [9.1f, 1f, 9f, 1.1f, 0.9f, 8.9f]).Ignored);
    }

    [Fact]
    public void Assign_KeepsTheBestOfEachLevel_OnTiesTheLowerAnchor()
    {
        var second = Grid.LevelStarts[1];
        var candidates = Of([5, 6, 7, second, second + 1], [0, 0, 0, 0, 0]);
        var fits = new List<ObjectFit>();
        new PaaAssigner(topK: 2).Assign(Grid, candidates, [2f, 1f, 1f, 1f, 5f], fits);
        Assert.Equal([6, 7, second, second + 1], Assert.Single(fits).Anchors);

        fits.Clear();
        new PaaAssigner(topK: 1).Assign(Grid, candidates, [1f, 1f, 1f, 3f, 3f], fits);
        Assert.Equal([5, second], Assert.Single(fits).Anchors);
    }

    [Fact]
    public void Assign_WithoutCandidates_HasNoPositives() =>
        Assert.Empty(new PaaAssigner().Assign(Grid, Candidates.None, []).Positives);

    [Theory]
    [InlineData(SemanticsProfile.Mmdet, new int[0])]
    [InlineData(SemanticsProfile.Original, new[] { 12 })]
    public void Assign_OfSingleCandidate_FollowsTheProfile(SemanticsProfile profile, int[] expected)
    {
        var candidates = Of([12], [1]);                                 // object 0 has none at all
        Assert.Equal(expected, new PaaAssigner(profile: profile).Assign(Grid, candidates, [0.5f]).Positives);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1e30f)]
    public void Assign_LeavesOutNonFiniteLosses(float bad)
    {
        var assigner = new PaaAssigner();
        var clean = assigner.Assign(Grid, Of([10, 12, 14], [0, 0, 0]), [1f, 3f, 1.1f]);
        var dirty = assigner.Assign(Grid, Of([10, 11, 12, 13, 14], [0, 0, 0, 0, 0]), [1f, bad, 3f, bad, 1.1f]);
        Assert.Equal(clean.Positives, dirty.Positives);
        Assert.Empty(assigner.Assign(Grid, Of([10, 11], [0, 0]), [1f, bad]).Positives);
    }

    [Fact]
    public void Assign_WithWrongNumberOfLosses_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new PaaAssigner().Assign(Grid, Of([1], [0]), []));

    [Fact]
    public void Assign_IsIndependentOfTheOrderOfObjectsAndOfEarlierCalls()
    {
        var random = new Random(6);
        var reused = new PaaAssigner();
        for (var trial = 0; trial < 50; trial++)
        {
            var count = random.Next(1, 6);
            var targets = new Targets(RandomBoxes.Many(random, count, 256), [], []);
            var candidates = new MaxIouMatcher(new()).Match(Grid, Input, targets);
            float[] losses = [.. candidates.Anchors.Select(_ => 3 * random.NextSingle())];
            int[] order = [.. Enumerable.Range(0, count)];
            random.Shuffle(order);

            var direct = reused.Assign(Grid, candidates, losses);
            var reordered = candidates with { Boxes = [.. candidates.Boxes.Select(box => order[box])] };
            var renamed = new PaaAssigner().Assign(Grid, reordered, losses);
            for (var box = 0; box < count; box++) Assert.Equal(PositivesOf(direct, box), PositivesOf(renamed, order[box]));
        }
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [MemberData(nameof(GoldenCases))]
    public void Assign_MatchesGolden(string name)
    {
        var data = GoldenFolder.Arrays("gmm/reassign.npz");
        var settings = GoldenFolder.Case(Index, name);
        var input = settings.GetProperty("input_hw").Ints();
        var grid = Generator.Grid(new ImageSize(input[0], input[1]));
        Assert.Equal(settings.GetProperty("level_sizes").Ints(), grid.Levels.Select(level => level.Size.Area));
        var candidates = Of(data.Ints($"{name}_pos"), data.Ints($"{name}_pos_gt"));
        var (topk, losses) = (settings.GetProperty("topk").GetInt32(), data.Floats($"{name}_loss"));

        var result = new PaaAssigner(topK: topk).Assign(grid, candidates, losses);
        Assert.Equal(data.Ints($"{name}_keep"), result.Positives);
        var original = new PaaAssigner(profile: SemanticsProfile.Original, topK: topk).Assign(grid, candidates, losses);
        Assert.Equal(data.Ints($"{name}_keep_kkhoot"), original.Positives);

        // What the positives mean for the targets: the other candidates of the list become background.
        var (label, boxWeight) = (data.Ints($"{name}_first_label"), data.Floats($"{name}_box_weight"));
        foreach (var anchor in candidates.Anchors.Except(result.Positives))
        {
            label[anchor] = settings.GetProperty("num_classes").GetInt32();
            Assert.Equal(0, boxWeight[anchor]);
        }
        Assert.Equal(data.Ints($"{name}_label"), label);
        Assert.All(result.Positives, anchor => Assert.Equal(1, boxWeight[anchor]));
        Assert.Equal(data.Floats($"{name}_first_weight"), data.Floats($"{name}_weight"));
    }

    static Candidates Of(int[] anchors, int[] boxes) => new() { Anchors = anchors, Boxes = boxes, Ignored = [] };

    static IEnumerable<int> PositivesOf(AssignmentResult result, int box) =>
        result.Positives.Zip(result.Boxes).Where(pair => pair.Second == box).Select(pair => pair.First);
}
