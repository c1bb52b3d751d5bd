using Paa.Boxes;
using Paa.Data;
using Paa.Inference;
using Paa.Models;
using Paa.Options;
using Paa.Tests.Golden;

namespace Paa.Tests.Inference;

public class PostProcessorTests
{
    static readonly AnchorGenerator Generator = new(new());

    public static TheoryData<string> HashedNetworks => GoldenFolder.Files("hashed", "*.npz");

    [Fact]
    public void Process_OfOneAnchor_IsHandComputed()
    {
        var grid = new AnchorGenerator(new() { Strides = [8], Scale = 2 }).Grid(new ImageSize(16, 16));
        var level = new LevelOutput(
            new float[] { -9, -9, -9, 0, -9, -9, -9, -9 },             // class 0 scores 0.5 at the last anchor, (0, 0, 16, 16)
            new float[] { 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },      // 8 pixels to the right
            new float[] { 0, 0, 0, 100 }, new ImageSize(2, 2));
        var view = View([level], grid, new ImageSize(16, 16), scale: (2, 2));
        var detections = new PostProcessor(new(), 2).Process([view], voting: true);
        var detection = Assert.Single(detections);
        Assert.Equal(new Box(4, 0, 8, 8), detection.Box);              // (8, 0, 24, 16), clipped, in half the size
        Assert.Equal(MathF.Sqrt(0.5f), detection.Score, 1e-6f);
        Assert.Equal(0, detection.Label);
    }

    [Fact]
    public void Process_OfViews_MapsEachBackToTheOriginal()
    {
        // The one anchor that scores lies at the top right, (8, 0), of a picture of 16x16 that was 8x8.
        var grid = new AnchorGenerator(new() { Strides = [8], Scale = 1 }).Grid(new ImageSize(16, 16));
        var level = new LevelOutput(
            new float[] { -9, 2, -9, -9 }, new float[16], new float[] { 0, 100, 0, 0 }, new ImageSize(2, 2));
        foreach (var (horizontal, vertical, expected) in new[]
        {
            (false, false, new Box(2, 0, 6, 2)), (true, false, new Box(2, 0, 6, 2)),
            (false, true, new Box(2, 6, 6, 8)), (true, true, new Box(2, 6, 6, 8)),
        })
        {
            var geometry = ImageGeometry.Fit(new(8, 8), new ImageScale(16, 16), sizeDivisor: 16, horizontal, vertical);
            var view = new ViewOutput([level], grid, geometry);
            Assert.Equal(expected, Assert.Single(new PostProcessor(new(), 1).Process([view], voting: true)).Box);
        }
    }

    [Fact]
    public void Process_OfSeveralViews_SuppressesAcrossThem_AndAllVote()
    {
        var grid = new AnchorGenerator(new() { Strides = [8], Scale = 4 }).Grid(new ImageSize(8, 8));
        ViewOutput Shifted(float logit, float shift) => new(
            [new LevelOutput(new[] { logit }, new[] { shift, 0, 0, 0 }, new float[] { 100 }, new ImageSize(1, 1))], grid,
            ImageGeometry.Unchanged(new(64, 64)));
        // Boxes (-16..16) and shifted by 3.2 pixels, clipped at 0; their IoU is above the threshold.
        ViewOutput[] views = [Shifted(2, 0), Shifted(1, 1)];
        var kept = Assert.Single(new PostProcessor(new(), 1).Process(views, voting: false));
        Assert.Equal(16, kept.Box.X2);
        var voted = Assert.Single(new PostProcessor(new(), 1).Process(views, voting: true));
        Assert.Equal(kept.Score, voted.Score);
        Assert.InRange(voted.Box.X2, 16.1f, 19);
    }

    [Theory]
    [InlineData(SemanticsProfile.Mmdet)]
    [InlineData(SemanticsProfile.Original)]
    public void Process_WithoutScores_IsEmpty(SemanticsProfile profile)
    {
        var grid = Generator.Grid(new ImageSize(64, 64));
        LevelOutput[] levels = [.. grid.Levels.Select(level => RandomLevel(new Random(1), level.Size, 3, -20))];
        Assert.Empty(new PostProcessor(new(), 3, profile).Process([View(levels, grid, new ImageSize(64, 64))], voting: true));
    }

    [Theory]
    [InlineData(SemanticsProfile.Mmdet, 1, -2f, 100)]
    [InlineData(SemanticsProfile.Mmdet, 5, -4f, 100)]
    [InlineData(SemanticsProfile.Mmdet, 80, -7f, 20)]
    [InlineData(SemanticsProfile.Mmdet, 20, 1f, 100)]                  // more than 10,000 candidates
    [InlineData(SemanticsProfile.Mmdet, 3, -2f, -1)]
    [InlineData(SemanticsProfile.Original, 1, -2f, 100)]
    [InlineData(SemanticsProfile.Original, 5, -3f, 30)]
    [InlineData(SemanticsProfile.Mmdet, 5, -4f, 100, true)]
    [InlineData(SemanticsProfile.Mmdet, 20, 1f, 100, true)]            // more than 10,000 candidates
    [InlineData(SemanticsProfile.Original, 5, -3f, 30, true)]
    public void Process_EqualsTheRulesWrittenDown(
        SemanticsProfile profile, int classCount, float meanLogit, int limit, bool classAgnostic = false)
    {
        var random = new Random(classCount);
        var options = new PostProcessingOptions { MaxDetections = limit, PreNmsTopK = 400, ClassAgnosticNms = classAgnostic };
        var fast = new PostProcessor(options, classCount, profile);
        var naive = new NaivePostProcessor(options, classCount, profile);
        for (var trial = 0; trial < 3; trial++)
        {
            var image = new ImageSize(random.Next(100, 200), random.Next(200, 300));
            var grid = Generator.Grid(image);
            var ties = trial == 2;
            LevelOutput[] levels = [.. grid.Levels.Select(level => RandomLevel(random, level.Size, classCount, meanLogit, ties))];
            foreach (var voting in new[] { false, true })
            {
                var view = View(levels, grid, image, scale: (1.5f, 1.4f));
                var expected = naive.Process(view, voting);
                var actual = fast.Process([view], voting);
                Assert.Equal(expected.Select(LabelAndScore), actual.Select(LabelAndScore));
                GoldenAssert.Close(Coordinates(expected), Coordinates(actual), voting ? 1e-3 : 0);
            }
        }
    }

    [Fact]
    public void Process_OfOutputsThatDoNotFit_NamesTheLevel()
    {
        var grid = new AnchorGenerator(new() { Strides = [8] }).Grid(new ImageSize(16, 16));
        var (processor, image) = (new PostProcessor(new(), 2), new ImageSize(16, 16));
        var oneClass = new LevelOutput(new float[4], new float[16], new float[4], new ImageSize(2, 2));
        var error = Assert.Throws<ArgumentException>(() => processor.Process([View([oneClass], grid, image)], true));
        Assert.Contains("level 0", error.Message);
        Assert.Throws<ArgumentException>(() => processor.Process([View([], grid, image)], true));
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void Process_OfGoldenHead_MatchesGolden(bool voting, bool rescale)
    {
        var (head, input) = (GoldenFolder.Arrays("model_r18/head.npz"), GoldenFolder.Arrays("model_r18/input.npz"));
        var expected = GoldenFolder.Arrays("model_r18/detections.npz");
        var grid = Generator.Grid(new ImageSize(input.Shape("images")[2], input.Shape("images")[3]));
        var processor = new PostProcessor(new(), head.Shape("cls_0")[1]);
        for (var image = 0; image < input.Shape("images")[0]; image++)
        {
            var shape = input.Ints("img_shape").AsSpan(2 * image, 2);
            var scale = input.Floats("scale_factor").AsSpan(4 * image, 4);
            var view = View(
                Levels(head, grid, image), grid, new ImageSize(shape[0], shape[1]), rescale ? (scale[0], scale[1]) : null);
            var actual = processor.Process([view], voting);
            var name = $"img{image}_voting{(voting ? 1 : 0)}_rescale{(rescale ? 1 : 0)}";
            GoldenAssert.SameDetections(expected.Floats($"{name}_dets"), expected.Ints($"{name}_labels"), actual);
        }
    }

    [SkippableTheory]
    [Trait("Category", "Golden")]
    [MemberData(nameof(HashedNetworks))]
    public void Process_OfGoldenFullWidthHead_MatchesGolden(string file)
    {
        var data = GoldenFolder.Arrays(file);
        var settings = GoldenFolder.Json(Path.ChangeExtension(file, ".json"));
        var input = settings.GetProperty("input_hw").Ints();
        var image = new ImageSize(input[0], input[1]);
        var grid = Generator.Grid(image);
        var processor = new PostProcessor(new(), settings.GetProperty("num_classes").GetInt32());
        var actual = processor.Process([View(Levels(data, grid, 0), grid, image)], voting: true);
        GoldenAssert.SameDetections(data.Floats("dets"), data.Ints("det_labels"), actual);
    }

    /// <summary>An unflipped view; without a scale the image was not resized.</summary>
    static ViewOutput View(LevelOutput[] levels, AnchorGrid grid, ImageSize image, (float Width, float Height)? scale = null) =>
        new(levels, grid, ImageGeometry.Unchanged(image) with
        {
            WidthScale = scale?.Width ?? 1,
            HeightScale = scale?.Height ?? 1,
        });

    static LevelOutput[] Levels(Npz data, AnchorGrid grid, int image)
    {
        return [.. grid.Levels.Select((anchors, level) =>
            new LevelOutput(Map("cls", level), Map("reg", level), Map("iou", level), anchors.Size))];

        Memory<float> Map(string branch, int level)
        {
            var count = data.Shape($"{branch}_{level}")[1..].Aggregate((a, b) => a * b);
            return data.Floats($"{branch}_{level}").AsMemory(image * count, count);
        }
    }

    /// <summary>Random maps; with ties, logits are whole numbers.</summary>
    static LevelOutput RandomLevel(Random random, ImageSize size, int classCount, float meanLogit, bool ties = false)
    {
        return new(
            Values(classCount * size.Area, meanLogit, 2, ties), Values(4 * size.Area, 0, 2, false),
            Values(size.Area, 1, 1, ties), size);

        float[] Values(int count, float mean, float spread, bool round) => [.. Enumerable.Range(0, count)
            .Select(_ => mean + spread * (random.NextSingle() + random.NextSingle() + random.NextSingle() - 1.5f) * 2)
            .Select(value => round ? MathF.Round(value) : value)];
    }

    static (int, float) LabelAndScore(Detection detection) => (detection.Label, detection.Score);

    static float[] Coordinates(Detection[] detections) =>
        [.. detections.SelectMany(d => new[] { d.Box.X1, d.Box.Y1, d.Box.X2, d.Box.Y2 })];
}
