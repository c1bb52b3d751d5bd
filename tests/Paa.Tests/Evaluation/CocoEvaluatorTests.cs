using System.Text.Json;
using Paa.Data;
using Paa.Evaluation;

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
                    $"case {index}, {CocoParameters.StatNames[i]}: {stats[i]} expected, got {metrics.Stats[i]}");
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
    public void Evaluate_WithoutResults_HasNoValues()
    {
        var metrics = new CocoProblem([1], [1], [[1, 1, 1, 10, 10, 20, 20, 400, 0]], []).Evaluate();
        Assert.All(metrics.Stats, value => Assert.Equal(-1, value));
        Assert.Equal(-1, Assert.Single(metrics.Classes).AP);
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
