using System.Text.Json;
using Paa.Data;
using Paa.Evaluation;
using Paa.Options;

namespace Paa.Tests.Evaluation;

public sealed class CocoEvaluatorTests
{
    static readonly JsonSerializerOptions Options = new() { PropertyNameCaseInsensitive = true };

    /// <summary>Written by make_evaluator_cases.py beside this file.</summary>
    static JsonElement[] Cases() => JsonSerializer.Deserialize<JsonElement[]>(
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Evaluation", "evaluator_cases.json")))!;

    [Fact]
    public void Evaluate_EqualsTheOracle_OnGeneratedProblems()
    {
        foreach (var (index, expected) in Cases().Index())
        {
            var metrics = expected.Deserialize<CocoProblem>(Options)!.Evaluate();
            var stats = expected.GetProperty("stats").Deserialize<double[]>()!;
            for (var i = 0; i < stats.Length; i++)
                Assert.True(stats[i] == metrics.Stats[i],
                    $"case {index}, {metrics.StatNames[i]}: {stats[i]} expected, got {metrics.Stats[i]}");
            Assert.Equal(expected.GetProperty("ap").Deserialize<double[]>()!, metrics.Classes.Select(c => c.AP));
            Assert.Equal(expected.GetProperty("ap50").Deserialize<double[]>()!, metrics.Classes.Select(c => c.AP50));
            // Sums of thousands of numbers, added here in another order.
            Assert.Equal(expected.GetProperty("precision_sum").GetDouble(), metrics.Precision.Sum(), 6);
            Assert.Equal(expected.GetProperty("recall_sum").GetDouble(), metrics.Recall.Sum(), 6);
        }
    }

    [Fact]
    public void Evaluate_OfPerfectDetections_IsOne()
    {
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], [[1, 1, 10, 10, 20, 20, 0.5]]).Evaluate();
        Assert.Equal(1, metrics.AP, 12);
        Assert.Equal(1, metrics.AP50, 12);
        Assert.Equal([1, 1, -1, -1], new[] { metrics.Stats[8], metrics.Stats[9], metrics.Stats[10], metrics.Stats[11] });
        Assert.Equal(1, Assert.Single(metrics.Classes).ObjectCount);
    }

    [Fact]
    public void Evaluate_WithoutResults_IsZeroWhereObjectsExist()
    {
        var metrics = new CocoProblem([1], [1, 2], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], []).Evaluate();
        Assert.Equal([0, 0, 0, 0, -1, -1], metrics.Stats[..6]);                 // the object is small
        Assert.Equal([0, -1], metrics.Classes.Select(own => own.AP));           // and of the first class
    }

    [Fact]
    public void Evaluate_WithoutObjects_HasNoValues() => Assert.All(
        new CocoProblem([1], [1], [], [[1, 1, 10, 10, 20, 20, 0.5]]).Evaluate().Stats, value => Assert.Equal(-1, value));

    [Fact]
    public void Evaluate_OfResultsInUnlistedCategoriesOnly_IsZero()
    {
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], [[1, 9, 10, 10, 20, 20, 0.5]]).Evaluate();
        Assert.Equal((0, 0, -1), (metrics.AP, metrics.Stats[8], metrics.Stats[5]));
    }

    [Fact]
    public void Evaluate_OfAResultForAnUnknownImage_NamesIt()
    {
        var problem = new CocoProblem([1], [1], [], [[1, 1, 1, 1, 2, 2, 0.5], [8, 1, 1, 1, 2, 2, 0.5]]);
        var e = Assert.Throws<DataException>(() => problem.Evaluate());
        Assert.StartsWith("results: result 1 is for image 8, which is not in ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluate_CountsObjectsUnfitForTraining()
    {
        // As pycocotools does: a box without width cannot be found, but counts as missed.
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0], [2, 1, 1, 50, 50, 0, 9, 9, 0]],
            [[1, 1, 10, 10, 20, 20, 0.5]]).Evaluate();
        Assert.Equal(0.5, metrics.Stats[8]);
    }

    /// <summary>pycocotools overwrites an annotation's <c>ignore</c> with its <c>iscrowd</c>.</summary>
    [Fact]
    public void Evaluate_CountsObjectsThatAreIgnoredInTraining()
    {
        using var folder = new TemporaryFolder();
        var dataset = CocoDataset.Load(folder.Write("gt.json", """
            {"images": [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 64}], "categories": [{"id": 1, "name": "a"}],
             "annotations": [
              {"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 20, 20], "area": 400, "iscrowd": 0},
              {"id": 2, "image_id": 1, "category_id": 1, "bbox": [30, 0, 20, 20], "area": 400, "iscrowd": 0, "ignore": 1}]}
            """));
        var metrics = CocoEvaluator.Evaluate(dataset, [new CocoResult(1, 1, 0, 0, 20, 20, 0.5)]);
        Assert.Equal((0.5, 2), (metrics.Stats[8], metrics.Classes[0].ObjectCount));
    }

    [Fact]
    public void Evaluate_DoesNotDependOnTheOrderOfResults_WhenScoresDiffer()
    {
        var problem = Cases().Select(c => c.Deserialize<CocoProblem>(Options)!).First(p => p.Results.Length > 30);
        var results = problem.Results.Select((r, i) => (double[])[.. r[..6], i * 0.001]).ToArray();
        var forward = (problem with { Results = results }).Evaluate();
        var backward = (problem with { Results = [.. results.Reverse()] }).Evaluate();
        Assert.Equal(forward.Precision, backward.Precision);
        Assert.Equal(forward.Recall, backward.Recall);
    }

    /// <summary>150 objects of one image, all found. With the usual limits only 100 of them count.</summary>
    [Theory]
    [InlineData(100, 0.663, 0.663)]
    [InlineData(300, 1, 0.663)]
    [InlineData(-1, 1, 0.663)]
    public void Evaluate_OfMoreThan100Detections_CountsThemWhereThatManyAreKept(int maxPerImage, double ap50, double ap)
    {
        double[][] boxes = [.. Enumerable.Range(0, 150).Select(i => new double[] { 20 * (i % 30), 20 * (i / 30), 10, 10 })];
        var problem = new CocoProblem([1], [1], [.. boxes.Select((box, i) => (double[])[i + 1, 1, 1, .. box, 100, 0])],
            [.. boxes.Select((box, i) => (double[])[1, 1, .. box, 0.9 - i * 0.001])]);
        var config = new PaaConfig { Model = new() { PostProcessing = new() { MaxDetections = maxPerImage } } };
        var metrics = problem.Evaluate(CocoParameters.Limits(config));
        Assert.Equal(ap, metrics.AP, 5e-4);
        Assert.Equal(ap50, metrics.AP50, 5e-4);
        Assert.Equal(100.0 / 150, metrics.Stats[metrics.StatNames.Index().First(name => name.Item == "AR100").Index], 1e-12);
    }

    [Fact]
    public void Limits_AreThoseOfTheConfiguration()
    {
        PaaConfig With(int? maxPerImage, int[]? limits) => new()
        {
            Model = new() { PostProcessing = new() { MaxDetections = maxPerImage ?? 100 } },
            Evaluation = new() { DetectionLimits = limits },
        };
        Assert.Equal([1, 10, 100], CocoParameters.Limits(new PaaConfig()));
        Assert.Equal([100, 300, 1000], CocoParameters.Limits(With(101, null)));
        Assert.Equal([100, 1, 10], CocoParameters.Limits(With(300, [100, 1, 10])));
    }

    [Fact]
    public void DetectorEvaluator_CountsAsManyDetectionsAsTheConfigurationKeeps()
    {
        var dataset = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], []).Dataset();
        var config = new PaaConfig
        {
            Model = new() { Head = new() { ClassCount = 1 }, PostProcessing = new() { MaxDetections = 300 } },
        };
        Assert.Equal([100, 300, 1000], new DetectorEvaluator(dataset, config, new DatasetOptions()).Measure([]).Metrics.Limits);
    }

    [Fact]
    public void Evaluate_WithoutTheLimitOf100_TakesApAtTheLargest()
    {
        var problem = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0], [2, 1, 1, 50, 50, 20, 20, 400, 0]],
            [[1, 1, 10, 10, 20, 20, 0.5], [1, 1, 50, 50, 20, 20, 0.4]]);
        var metrics = problem.Evaluate([2, 10, 1]);
        Assert.Equal(1, metrics.AP, 1e-9);
        Assert.Equal(1, metrics.AP50, 1e-9);
        Assert.Equal([1, 2, 10], metrics.Limits);
        Assert.Equal([0.5, 1, 1], metrics.Stats.AsSpan(6, 3).ToArray());
        Assert.Equal([10, 10, 10, 10, 10, 10, 1, 2, 10, 10, 10, 10], metrics.StatLimits);
    }

    [Fact]
    public void Evaluate_WithOtherThanThreePositiveLimits_Throws()
    {
        var problem = new CocoProblem([1], [1], [], []);
        Assert.Throws<ArgumentException>(() => problem.Evaluate([1, 10]));
        Assert.Throws<ArgumentException>(() => problem.Evaluate([0, 10, 100]));
    }

    [Fact]
    public void Report_NamesTheLimits()
    {
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], [[1, 1, 10, 10, 20, 20, 0.5]])
            .Evaluate([100, 300, 1000]);
        var text = CocoReport.ToText(metrics);
        Assert.Contains("(AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000\n", text, StringComparison.Ordinal);
        Assert.Contains("(AP) @[ IoU=0.50      | area=   all | maxDets=1000 ] = 1.000\n", text, StringComparison.Ordinal);
        Assert.Contains("(AR) @[ IoU=0.50:0.95 | area=   all | maxDets=300 ] = 1.000\n", text, StringComparison.Ordinal);
        Assert.EndsWith("""
             class        AP    AP50  AR1000  objects
             class 1   1.000   1.000   1.000        1

            """, text, StringComparison.Ordinal);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) CocoReport.Write(json, metrics);
        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal([100, 300, 1000], document.RootElement.GetProperty("max_dets").EnumerateArray().Select(v => v.GetInt32()));
        Assert.Equal(1, document.RootElement.GetProperty("AR300").GetDouble());
        Assert.Equal(1, document.RootElement.GetProperty("classes")[0].GetProperty("AR1000").GetDouble());
    }

    [Fact]
    public void ToText_ShowsTheFiguresAndTheClasses()
    {
        var text = CocoReport.ToText(new CocoProblem([1], [1, 2],
            [[1, 1, 1, 10, 10, 20, 20, 400, 0]], [[1, 1, 10, 10, 20, 20, 0.5]]).Evaluate());
        Assert.StartsWith(" Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000\n"
            + " Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000\n",
            text, StringComparison.Ordinal);
        Assert.Contains(" Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 1.000\n",
            text, StringComparison.Ordinal);
        Assert.Contains(" Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000\n",
            text, StringComparison.Ordinal);
        Assert.EndsWith("""
             class        AP    AP50   AR100  objects
             class 1   1.000   1.000   1.000        1
             class 2       -       -       -        0

            """, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_GivesTheFiguresByName()
    {
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], [[1, 1, 10, 10, 20, 20, 0.5]]).Evaluate();
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream)) CocoReport.Write(json, metrics);
        using var document = JsonDocument.Parse(stream.ToArray());
        Assert.Equal(metrics.AP50, document.RootElement.GetProperty("AP50").GetDouble());
        Assert.Equal("class 1", document.RootElement.GetProperty("classes")[0].GetProperty("name").GetString());
    }
}
