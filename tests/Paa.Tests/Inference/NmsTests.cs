using Paa.Boxes;
using Paa.Inference;
using Paa.Options;
using Paa.Tests.Boxes;
using Paa.Tests.Golden;

namespace Paa.Tests.Inference;

public class NmsTests
{
    const string Index = "nms/nms.json";

    public static TheoryData<string> GoldenCases => GoldenFolder.Cases(Index);

    [Fact]
    public void Keep_RemovesWhatOverlapsABetterBoxOfItsClass()
    {
        var candidates = new ScoredBoxes(2);
        AddBox(candidates, new Box(0, 0, 10, 10), (0, 0.8f));
        AddBox(candidates, new Box(0, 0, 10, 9), (0, 0.9f));           // IoU 0.9 with the first one, and better
        AddBox(candidates, new Box(0, 0, 10, 8), (1, 0.7f));           // of another class
        AddBox(candidates, new Box(20, 0, 30, 10), (0, 0.6f));         // apart
        Assert.Equal([(1, 0), (2, 1), (3, 0)], Keep(candidates, 0.6f, -1));
        Assert.Equal([(1, 0), (2, 1)], Keep(candidates, 0.6f, 2));
    }

    /// <summary>
    /// The better box of class 0 takes one of class 1 with it; score voting then moves it by its own class only.
    /// </summary>
    [Fact]
    public void Keep_WithoutRegardToClasses_RemovesWhatOverlapsAnyBetterBox()
    {
        var candidates = new ScoredBoxes(2);
        AddBox(candidates, new Box(0, 0, 10, 10), (0, 0.9f));
        AddBox(candidates, new Box(0, 0, 10, 9), (1, 0.8f));           // IoU 0.9
        AddBox(candidates, new Box(0, 0, 10, 8), (0, 0.7f));
        AddBox(candidates, new Box(20, 0, 30, 10), (1, 0.6f));         // apart
        Assert.Equal([(0, 0), (1, 1), (3, 1)], Keep(candidates, 0.6f, -1));
        Assert.Equal([(0, 0), (3, 1)], Keep(candidates, 0.6f, -1, classAgnostic: true));
        Assert.Equal([(0, 0), (3, 1)], Keep(candidates, 0.6f, -1, SemanticsProfile.Original, classAgnostic: true));

        var voted = new ScoreVoting().Vote([.. new Nms(0.6f, -1, SemanticsProfile.Mmdet, true).Keep(candidates)], candidates);
        var weight = 0.7f * MathF.Exp(-0.2f * 0.2f / 0.025f);
        Assert.Equal((10 * 0.9f + 8 * weight) / (0.9f + weight), voted[0].Box.Y2, 1e-4f);
    }

    /// <summary>Pairs of equal boxes of two classes: one of each is kept below mmcv's limit, and both from it on.</summary>
    [Theory]
    [InlineData(9_998, 4_999)]
    [InlineData(10_000, 10_000)]
    public void Keep_WithoutRegardToClasses_GoesByClassFrom10000Candidates(int count, int expected)
    {
        var candidates = new ScoredBoxes(2);
        for (var i = 0; i < count; i++)
        {
            var (x, y) = (20 * (i / 2 % 100), 20 * (i / 200));
            AddBox(candidates, new Box(x, y, x + 10, y + 10), (i % 2, 0.5f));
        }
        Assert.Equal(expected, Keep(candidates, 0.6f, -1, classAgnostic: true).Count);
    }

    [Fact]
    public void Keep_AtExactlyTheThreshold_KeepsBoth()
    {
        var candidates = new ScoredBoxes(1);
        AddBox(candidates, new Box(0, 0, 10, 10), (0, 0.9f));
        AddBox(candidates, new Box(0, 0, 10, 5), (0, 0.8f));
        Assert.Equal(2, Keep(candidates, 0.5f, -1).Count);
        Assert.Single(Keep(candidates, 0.4999f, -1));
    }

    [Fact]
    public void Keep_OnEqualScores_PrefersTheEarlierBox()
    {
        var candidates = new ScoredBoxes(1);
        AddBox(candidates, new Box(0, 0, 10, 10), (0, 0.5f));
        AddBox(candidates, new Box(0, 0, 10, 10), (0, 0.5f));
        Assert.Equal([(0, 0)], Keep(candidates, 0.6f, -1));
    }

    [Theory]
    [InlineData(SemanticsProfile.Mmdet, 2)]
    [InlineData(SemanticsProfile.Original, 3)]
    public void Keep_OfTiesAtTheLimit_FollowsTheProfile(SemanticsProfile profile, int expected)
    {
        var candidates = new ScoredBoxes(1);
        float[] scores = [0.9f, 0.5f, 0.5f, 0.4f];
        foreach (var (i, score) in scores.Index()) AddBox(candidates, new Box(20 * i, 0, 20 * i + 10, 10), (0, score));
        Assert.Equal(expected, Keep(candidates, 0.6f, 2, profile).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(700)]
    public void Keep_EqualsAllPairs(int boxCount)
    {
        var random = new Random(boxCount);
        var (boxes, scores) = (RandomBoxes.Many(random, boxCount, 100), new float[boxCount]);
        var candidates = new ScoredBoxes(3);
        foreach (var (i, box) in boxes.Index())
        {
            scores[i] = MathF.Round(random.NextSingle(), 2);
            AddBox(candidates, box, (i % 3, scores[i]));
        }
        var kept = new List<(int Box, int Label)>();
        foreach (var i in Enumerable.Range(0, boxCount).OrderByDescending(i => scores[i]))
            if (!kept.Any(better => better.Label == i % 3 && BoxOverlap.Iou(boxes[better.Box], boxes[i]) > 0.5f))
                kept.Add((i, i % 3));
        Assert.Equal(kept, Keep(candidates, 0.5f, -1, SemanticsProfile.Original));
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [MemberData(nameof(GoldenCases))]
    public void KeepAndVote_MatchGolden(string name)
    {
        var data = GoldenFolder.Arrays("nms/nms.npz");
        var settings = GoldenFolder.Case(Index, name);
        var (threshold, limit) = (settings.GetProperty("iou_thr").GetSingle(), settings.GetProperty("max_per_img").GetInt32());
        var (boxes, scores) = (data.Boxes($"{name}_boxes"), data.Floats($"{name}_scores"));
        var classCount = data.Shape($"{name}_scores")[1];
        var candidates = new ScoredBoxes(classCount);
        foreach (var (i, box) in boxes.Index())
            AddBox(candidates, box, [.. Enumerable.Range(0, classCount).Select(label => (label, scores[i * classCount + label]))
                .Where(pair => pair.Item2 > settings.GetProperty("score_thr").GetSingle())]);

        var kept = new Nms(threshold, limit, SemanticsProfile.Mmdet).Keep(candidates).ToArray();
        Assert.Equal(data.Ints($"{name}_flat"), kept.Select(Flat));
        Assert.Equal(data.Ints($"{name}_labels"), kept.Select(candidates.Label));
        GoldenAssert.Close(data.Floats($"{name}_dets"), Rows(kept.Select(candidates.Detection)), 0);

        var voted = new ScoreVoting().Vote(kept, candidates);
        Assert.Equal(data.Ints($"{name}_voted_labels"), voted.Select(detection => detection.Label));
        GoldenAssert.Close(data.Floats($"{name}_voted_safe"), Rows(voted), 1e-3, what: name);

        var unmoved = new Nms(threshold, limit, SemanticsProfile.Original).Keep(candidates).Select(Flat).ToArray();
        var expected = data.Ints($"{name}_flat_unshifted");
        Assert.Equal(expected, unmoved[..expected.Length]);            // ties at the limit come on top

        int Flat(ulong key) => candidates.BoxIndex(key) * classCount + candidates.Label(key);
    }

    static List<(int Box, int Label)> Keep(
        ScoredBoxes candidates, float threshold, int limit, SemanticsProfile profile = SemanticsProfile.Mmdet,
        bool classAgnostic = false) =>
        [.. new Nms(threshold, limit, profile, classAgnostic).Keep(candidates)
            .Select(key => (candidates.BoxIndex(key), candidates.Label(key)))];

    static void AddBox(ScoredBoxes candidates, Box box, params (int Label, float Score)[] scores)
    {
        var index = candidates.AddBoxes(1);
        candidates[index] = box;
        foreach (var (label, score) in scores) candidates.Add(index, label, score);
    }

    static float[] Rows(IEnumerable<Detection> detections) =>
        [.. detections.SelectMany(d => new[] { d.Box.X1, d.Box.Y1, d.Box.X2, d.Box.Y2, d.Score })];
}
