using Paa.Assignment;
using Paa.Boxes;
using Paa.Options;
using Paa.Tests.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Assignment;

public class MaxIouMatcherTests
{
    const string Index = "assign/assign.json";

    static readonly AnchorGenerator Generator = new(new());

    public static TheoryData<string> GoldenCases => GoldenFolder.Cases(Index);

    [Fact]
    public void Match_WithoutBoxes_MarksValidAnchorsAsNegative()
    {
        var grid = Generator.Grid(new ImageSize(64, 64));
        var result = Decide(new(), grid, new ImageSize(64, 32), []);
        var valid = new bool[grid.Count];
        grid.ValidFlags(new ImageSize(64, 32), valid);
        Assert.Equal(valid.Select(flag => flag ? 0 : -1), result.Owner);
        Assert.All(result.MaxIou, iou => Assert.Equal(0, iou));
    }

    [Fact]
    public void Match_OfAnAnchorItself_IsHandComputed()
    {
        var grid = new AnchorGenerator(new() { Strides = [8], Scale = 2 }).Grid(new ImageSize(8, 24));
        var options = new MatcherOptions { PositiveIouThreshold = 0.5f, NegativeIouThreshold = 0.3f };
        var result = Decide(options, grid, new ImageSize(8, 24), [new Box(0, -8, 16, 8)]);
        Assert.Equal([1f / 3, 1, 1f / 3], result.MaxIou);       // neighbours share half of the square
        Assert.Equal([-1, 1, -1], result.Owner);
    }

    [Fact]
    public void Match_OfEquallyGoodBoxes_PrefersTheFirstButLeavesTheBestAnchorsToTheLast()
    {
        var grid = Generator.Grid(new ImageSize(64, 64));
        var box = new Box(3, 5, 50, 60);
        var owner = Decide(new(), grid, new ImageSize(64, 64), [box, box]).Owner;
        var alone = Decide(new() { MatchLowQuality = false }, grid, new ImageSize(64, 64), [box]);
        var top = alone.MaxIou.Max();
        Assert.Equal(alone.Owner.Select((o, i) => alone.MaxIou[i] == top ? 2 : o), owner);
    }

    [Theory]
    [InlineData(10, 10, 10, 40)]                                // no area
    [InlineData(900, 900, 950, 950)]                            // outside
    public void Match_OfBoxThatOverlapsNothing_TakesEveryAnchor(float x1, float y1, float x2, float y2)
    {
        var grid = Generator.Grid(new ImageSize(64, 64));
        Box[] boxes = [new(0, 0, 30, 30), new(x1, y1, x2, y2)];
        Assert.All(Decide(new(), grid, new ImageSize(64, 64), boxes).Owner, owner => Assert.Equal(2, owner));
    }

    [Fact]
    public void Match_OfBoxThatIsNotFinite_IsRefusedWithItsIndex()
    {
        var grid = Generator.Grid(new ImageSize(64, 64));
        var error = Assert.Throws<ArgumentException>(() =>
            Match(new(), grid, new ImageSize(64, 64), [new Box(0, 0, 9, 9), new Box(0, 0, float.NaN, 9)]));
        Assert.Contains("box 1", error.Message);
    }

    [Theory]
    [InlineData(0.1f, 0.1f, 0f, true, true, -1f)]
    [InlineData(0.5f, 0.4f, 0.2f, true, true, -1f)]
    [InlineData(0.1f, 0.1f, 0f, false, true, -1f)]
    [InlineData(0.1f, 0.1f, 0f, true, false, -1f)]
    [InlineData(0.3f, 0.2f, 0f, true, true, 0.4f)]
    [InlineData(0f, 0f, 0f, true, true, 0.3f)]
    public void Match_EqualsTheFullMatrix(
        float positive, float negative, float minimum, bool lowQuality, bool allTies, float ignore)
    {
        var options = new MatcherOptions
        {
            PositiveIouThreshold = positive,
            NegativeIouThreshold = negative,
            MinPositiveIou = minimum,
            MatchLowQuality = lowQuality,
            AssignAllTies = allTies,
            IgnoreIofThreshold = ignore,
        };
        var random = new Random(3);
        for (var trial = 0; trial < 40; trial++)
        {
            var input = new ImageSize(random.Next(20, 400), random.Next(20, 400));
            var pad = new ImageSize(random.Next(1, input.Height + 1), random.Next(1, input.Width + 1));
            var boxes = RandomBoxes.Many(random, random.Next(0, 9), 300);
            if (trial % 4 == 1) boxes = [.. boxes, .. boxes, new Box(30, 30, 30, 50)];
            if (trial % 4 == 2) boxes = [.. boxes.Select(OnGrid)];
            if (trial % 4 == 3) boxes = [.. boxes, new Box(350, 350, 390, 395), new Box(-900, -900, 900, 900)];
            var ignored = RandomBoxes.Many(random, random.Next(0, 3), 300);
            var grid = Generator.Grid(input);

            var expected = NaiveMatcher.Match(options, grid, pad, boxes, ignored);
            var actual = Decide(options, grid, pad, boxes, ignored);
            Assert.Equal(expected.MaxIou, actual.MaxIou);
            Assert.Equal(expected.Owner, actual.Owner);
            AssertSame(grid, pad, actual, Match(options, grid, pad, boxes, ignored));
        }

        static Box OnGrid(Box box) => new(Snap(box.X1), Snap(box.Y1), Snap(box.X2) + 16, Snap(box.Y2) + 16);
        static float Snap(float value) => MathF.Round(value / 16) * 16;
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [MemberData(nameof(GoldenCases))]
    public void Match_MatchesGolden(string name)
    {
        var data = GoldenFolder.Arrays("assign/assign.npz");
        var settings = GoldenFolder.Case(Index, name);
        var options = new MatcherOptions
        {
            PositiveIouThreshold = settings.GetProperty("pos_thr").GetSingle(),
            NegativeIouThreshold = settings.GetProperty("neg_thr").GetSingle(),
            MinPositiveIou = settings.GetProperty("min_pos").GetSingle(),
            MatchLowQuality = settings.GetProperty("low_quality").GetBoolean(),
            AssignAllTies = settings.GetProperty("tie_all").GetBoolean(),
            IgnoreIofThreshold = settings.GetProperty("ignore_iof").GetSingle(),
        };
        var (input, padded) = (settings.GetProperty("input_hw").Ints(), settings.GetProperty("pad_hw").Ints());
        var (grid, pad) = (Generator.Grid(new ImageSize(input[0], input[1])), new ImageSize(padded[0], padded[1]));
        var boxes = data.Boxes($"{name}_gt");

        var result = Decide(options, grid, pad, boxes, data.Boxes($"{name}_ignore"));
        Assert.Equal(data.Ints($"{name}_owner"), result.Owner);
        GoldenAssert.Close(data.Floats($"{name}_max_iou"), result.MaxIou, 1e-6, what: name);

        var candidates = Match(options, grid, pad, boxes, data.Boxes($"{name}_ignore"));
        Assert.Equal(data.Ints($"{name}_pos"), candidates.Anchors);
        Assert.Equal(data.Ints($"{name}_pos_gt"), candidates.Boxes);
        AssertSame(grid, pad, result, candidates);
        AssertTargets(data, name, settings.GetProperty("num_classes").GetInt32(), grid, pad, candidates);
    }

    static Candidates Match(MatcherOptions options, AnchorGrid grid, ImageSize padShape, Box[] boxes, Box[]? ignored = null) =>
        new MaxIouMatcher(options).Match(grid, padShape, new Targets(boxes, [], ignored ?? []));

    /// <summary>The decision about every anchor, from which candidates are collected.</summary>
    static MatchResult Decide(MatcherOptions options, AnchorGrid grid, ImageSize padShape, Box[] boxes, Box[]? ignored = null)
    {
        var result = new MatchResult(new int[grid.Count], new float[grid.Count]);
        new MaxIouMatcher(options).Decide(
            grid, padShape, new Targets(boxes, [], ignored ?? []), result.Owner, result.MaxIou, new bool[grid.Count]);
        return result;
    }

    /// <summary>The targets that candidates stand for: label, classification weight and box of every anchor.</summary>
    static void AssertTargets(Npz data, string name, int classCount, AnchorGrid grid, ImageSize pad, Candidates candidates)
    {
        var valid = new bool[grid.Count];
        grid.ValidFlags(pad, valid);
        foreach (var anchor in candidates.Ignored) valid[anchor] = false;
        var label = Enumerable.Repeat(classCount, grid.Count).ToArray();
        var box = new Box[grid.Count];
        foreach (var (anchor, g) in candidates.Anchors.Zip(candidates.Boxes))
            (label[anchor], box[anchor]) = (data.Ints($"{name}_gt_labels")[g], data.Boxes($"{name}_gt")[g]);
        Assert.Equal(data.Ints($"{name}_label"), label);
        Assert.Equal(data.Floats($"{name}_weight"), valid.Select(flag => flag ? 1f : 0f));
        Assert.Equal(data.Boxes($"{name}_box"), box);
    }

    static void AssertSame(AnchorGrid grid, ImageSize pad, MatchResult result, Candidates candidates)
    {
        var valid = new bool[grid.Count];
        grid.ValidFlags(pad, valid);
        var owner = valid.Select(flag => flag ? 0 : -1).ToArray();
        foreach (var (anchor, box) in candidates.Anchors.Zip(candidates.Boxes)) owner[anchor] = box + 1;
        foreach (var anchor in candidates.Ignored) owner[anchor] = -1;
        Assert.Equal(result.Owner, owner);
    }
}
