using System.Text.Json;
using Paa.Data;
using Paa.Evaluation;
using Paa.Tests.Golden;

namespace Paa.Tests.Evaluation;

[Trait("Category", "Golden")]
public sealed class CocoEvaluatorGoldenTests
{
    const string Index = "cocoeval/expected.json";

    /// <summary>Both sides compute in double precision; only the order of summation could differ.</summary>
    const double Tolerance = 1e-9;

    public static TheoryData<string> Cases => GoldenFolder.Cases(Index, "name");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Evaluate_EqualsPycocotools(string name)
    {
        var expected = GoldenFolder.Case(Index, name, "name");
        var dataset = CocoDataset.Load(GoldenFolder.Require($"cocoeval/{name}_gt.json"));
        var results = CocoResults.Read(GoldenFolder.Require($"cocoeval/{name}_dt.json"));
        if (expected.TryGetProperty("expected_error", out _))
        {
            var e = Assert.Throws<DataException>(() => CocoEvaluator.Evaluate(dataset, results));
            Assert.Contains("is for image", e.Message, StringComparison.Ordinal);
            results = [.. results.Where(result => dataset.ImageIndex(result.ImageId) >= 0)];
        }
        var metrics = CocoEvaluator.Evaluate(dataset, results);
        Assert.Equal(expected.GetProperty("images").GetInt32(), metrics.ImageCount);
        Assert.Equal(expected.GetProperty("annotations").GetInt32(), dataset.AnnotationCount);
        for (var i = 0; i < metrics.Stats.Length; i++)
        {
            var stat = metrics.StatNames[i];
            Near(expected.GetProperty("stats").GetProperty(stat), metrics.Stats[i], stat);
        }
        Assert.Equal(expected.GetProperty("category_ids").EnumerateArray().Select(id => id.GetInt64()), metrics.CategoryIds);
        foreach (var (k, category) in metrics.Classes.Index())
        {
            Near(expected.GetProperty("ap_per_category")[k], category.AP, $"AP of {category.CategoryId}");
            Near(expected.GetProperty("ap50_per_category")[k], category.AP50, $"AP50 of {category.CategoryId}");
        }
        if (!GoldenFolder.Has($"cocoeval/{name}_arrays.npz")) return;
        var arrays = GoldenFolder.Arrays($"cocoeval/{name}_arrays.npz");
        Near(arrays.Doubles("precision"), metrics.Precision);
        Near(arrays.Doubles("recall"), metrics.Recall);
        if (arrays.Has("iou_thrs")) Near(arrays.Doubles("iou_thrs"), CocoParameters.IouThresholds);
        if (arrays.Has("rec_thrs")) Near(arrays.Doubles("rec_thrs"), CocoParameters.RecallPoints);
    }

    [SkippableFact]
    public void Evaluate_WithOtherLimits_EqualsPycocotools()
    {
        foreach (var row in GoldenFolder.Json("cocoeval/limits.json").EnumerateArray())
        {
            var (name, limits) = (row.GetProperty("name").GetString(), row.GetProperty("limits").Ints());
            var dataset = CocoDataset.Load(GoldenFolder.Require($"cocoeval/{name}_gt.json"));
            var results = CocoResults.Read(GoldenFolder.Require($"cocoeval/{name}_dt.json"));
            var metrics = CocoEvaluator.Evaluate(dataset, results, limits: limits);
            foreach (var (i, stat) in metrics.StatNames.Index())
                Near(row.GetProperty("stats")[i], metrics.Stats[i], $"{name}, {string.Join(", ", limits)}: {stat}");
            foreach (var (k, category) in metrics.Classes.Index())
                Near(row.GetProperty("ap")[k], category.AP, $"{name}: AP of {category.CategoryId}");
        }
    }

    static void Near(JsonElement expected, double actual, string what) =>
        Assert.True(Math.Abs(expected.Number() - actual) <= Tolerance, $"{what}: expected {expected.Number()}, got {actual}.");

    static void Near(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= Tolerance, $"[{i}]: expected {expected[i]}, got {actual[i]}.");
    }
}
