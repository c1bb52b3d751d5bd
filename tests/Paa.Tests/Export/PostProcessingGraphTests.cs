using Paa.Boxes;
using Paa.Data;
using Paa.Inference;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Tests.Export;

/// <summary>Post-processing as a graph finds what <see cref="PostProcessor"/> finds.</summary>
public class PostProcessingGraphTests
{
    [Theory]
    [InlineData(1, -2f, 100, 400)]
    [InlineData(5, -4f, 100, 400)]
    [InlineData(80, -7f, 20, 400)]
    [InlineData(20, 1f, 100, 400)]                          // more than 10,000 candidates
    [InlineData(3, -4f, -1, -1)]                            // all anchors, all detections
    [InlineData(4, -3f, 1, 7)]
    [InlineData(2, 60f, 10, 400)]                           // scores of 1
    public void Graph_FindsWhatPostProcessingFinds(int classCount, float meanLogit, int limit, int anchors) =>
        Compare(Options(classCount, limit, anchors), meanLogit, trials: 8);

    [Theory]
    [InlineData(5, -4f)]
    [InlineData(20, 1f)]                                    // more than 10,000 candidates, which suppress within classes
    public void Graph_DisregardsClassesInSuppression(int classCount, float meanLogit) =>
        Compare(Options(classCount, 100, 400, agnostic: true), meanLogit, trials: 4);

    [Theory]
    [InlineData(1, -2f, 100, false)]
    [InlineData(5, -3f, 30, false)]
    [InlineData(5, -3f, 30, true)]
    [InlineData(3, -2f, -1, false)]
    public void Graph_FollowsTheAuthors(int classCount, float meanLogit, int limit, bool agnostic) => Compare(
        Options(classCount, limit, 400, agnostic) with { Profile = SemanticsProfile.Original }, meanLogit, trials: 6);

    [Theory]
    [InlineData(SemanticsProfile.Mmdet)]
    [InlineData(SemanticsProfile.Original)]
    public void Graph_WithoutScores_FindsNothing(SemanticsProfile profile) =>
        Compare(Options(3, 100, 400) with { Profile = profile }, meanLogit: -30, trials: 2);

    [Fact]
    public void Graph_InOpset19_FindsTheSame() => Compare(Options(5, 100, 400), -4, trials: 2, opset: 19);

    [Theory]
    [InlineData(SemanticsProfile.Mmdet)]
    [InlineData(SemanticsProfile.Original)]
    public void Graph_OrdersEqualScoresAsPostProcessingDoes(SemanticsProfile profile)
    {
        var options = Options(3, 50, 20) with { Profile = profile };
        foreach (var voting in new[] { false, true })
        {
            using var model = new PostProcessingModel(options, voting);
            var processor = new PostProcessor(options.PostProcessing, 3, profile);
            for (var seed = 0; seed < 10; seed++)
            {
                // Logits of three values: nearly all scores are ties.
                var view = View(options, new Random(seed), new ImageSize(64, 96), -1, steps: 1);
                var (expected, actual) = (processor.Process([view], voting), model.Run([view])[0]);
                Assert.Equal(expected.Select(d => d.Label), actual.Select(d => d.Label));
                foreach (var (one, other) in expected.Zip(actual)) Assert.True(IsSame(one, other), $"{one} {other}");
            }
        }
    }

    [Fact]
    public void Graph_OfOneAnchor_IsHandComputed()
    {
        var options = new ModelOptions
        {
            Head = new HeadOptions { ClassCount = 2, Anchors = new AnchorOptions { Strides = [8], Scale = 2 } },
        };
        var grid = new AnchorGenerator(options.Head.Anchors).Grid(new ImageSize(16, 16));
        var level = new LevelOutput(
            new float[] { -9, -9, -9, 0, -9, -9, -9, -9 },             // class 0 scores 0.5 at the last anchor, (0, 0, 16, 16)
            new float[] { 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 },      // 8 pixels to the right
            new float[] { 0, 0, 0, 100 }, new ImageSize(2, 2));
        var geometry = ImageGeometry.Fit(new ImageSize(8, 8), new ImageScale(16, 16), 16);
        using var model = new PostProcessingModel(options, voting: true);
        var detection = Assert.Single(model.Run([new ViewOutput([level], grid, geometry)])[0]);
        Assert.Equal(new Box(4, 0, 8, 8), detection.Box);              // (8, 0, 24, 16), clipped, in half the size
        Assert.Equal(MathF.Sqrt(0.5f), detection.Score, 1e-6f);
        Assert.Equal(0, detection.Label);
    }

    static ModelOptions Options(int classCount, int limit, int anchors, bool agnostic = false) => new()
    {
        Head = new HeadOptions { ClassCount = classCount },
        PostProcessing = new PostProcessingOptions
        {
            MaxDetections = limit,
            PreNmsTopK = anchors,
            ClassAgnosticNms = agnostic,
        },
    };

    /// <summary>Random outputs, batches of one to three images of several sizes, with voting and without.</summary>
    static void Compare(ModelOptions options, float meanLogit, int trials, int opset = OnnxModel.DefaultOpset)
    {
        foreach (var voting in new[] { false, true })
        {
            using var model = new PostProcessingModel(options, voting, opset);
            var processor = new PostProcessor(options.PostProcessing, options.Head.ClassCount, options.Profile);
            for (var trial = 0; trial < trials; trial++)
            {
                var random = new Random(trial);
                var canvas = new ImageSize(random.Next(64, 200), random.Next(64, 300));
                ViewOutput[] views =
                    [.. Enumerable.Range(0, 1 + trial % 3).Select(_ => View(options, random, canvas, meanLogit))];
                var actual = model.Run(views);
                foreach (var (i, view) in views.Index()) AssertSame(processor.Process([view], voting), actual[i], voting);
            }
        }
    }

    /// <summary>The same detections. Those of nearly the same score may change places, because a sigmoid is rounded differently
    /// here and there.</summary>
    internal static void AssertSame(
        Detection[] expected, Detection[] actual, bool voting, float boxes = 1e-3f, float scores = 1e-5f)
    {
        Assert.Equal(expected.Length, actual.Length);
        var left = actual.ToList();
        foreach (var detection in expected)
        {
            var match = left.FindIndex(other => IsSame(detection, other, boxes, scores));
            Assert.True(match >= 0, $"{detection} is missing; of its class: "
                + string.Join(", ", left.Where(other => other.Label == detection.Label)));
            left.RemoveAt(match);
        }
        for (var i = 1; i < actual.Length; i++)
        {
            var (one, next) = (actual[i - 1], actual[i]);
            if (voting) Assert.True(one.Label <= next.Label);
            if (!voting || one.Label == next.Label) Assert.True(one.Score >= next.Score);
        }
    }

    static bool IsSame(Detection one, Detection other, float boxes = 1e-3f, float scores = 1e-5f) => one.Label == other.Label
        && MathF.Abs(one.Score - other.Score) <= scores
        && MathF.Abs(one.Box.X1 - other.Box.X1) <= boxes && MathF.Abs(one.Box.Y1 - other.Box.Y1) <= boxes
        && MathF.Abs(one.Box.X2 - other.Box.X2) <= boxes && MathF.Abs(one.Box.Y2 - other.Box.Y2) <= boxes;

    static ViewOutput View(ModelOptions options, Random random, ImageSize canvas, float meanLogit, int? steps = null)
    {
        var grid = new AnchorGenerator(options.Head.Anchors).Grid(canvas);
        var (height, width) = (random.Next(canvas.Height / 2, canvas.Height), random.Next(canvas.Width / 2, canvas.Width));
        var geometry = ImageGeometry.Unchanged(new ImageSize(height, width)) with
        {
            OriginalShape = new ImageSize(height * 3 / 2, width * 3 / 2 + 1),
            WidthScale = (float)((double)width / (width * 3 / 2 + 1)),
            HeightScale = (float)((double)height / (height * 3 / 2)),
        };
        return new ViewOutput([.. grid.Levels.Select(level => Level(level.Size))], grid, geometry);

        LevelOutput Level(ImageSize size) => new(
            Normal(options.Head.ClassCount * size.Area, meanLogit, 2), Normal(4 * size.Area, 0, 1.5f),
            Normal(size.Area, 1, 1), size);

        float[] Normal(int count, float mean, float deviation)
        {
            var values = new float[count];
            foreach (ref var value in values.AsSpan())
            {
                value = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
                if (steps is { } fine) value = MathF.Round(Math.Clamp(value, -1, 1) * fine) / fine;
                value = mean + deviation * value;
            }
            return values;
        }
    }
}
