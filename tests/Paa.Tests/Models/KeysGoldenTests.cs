using Paa.Detectors;
using Paa.Models;
using Paa.Options;
using Paa.Tests.Golden;

namespace Paa.Tests.Models;

/// <summary>Names, shapes, order and trainability of all parameters against the manifests of <c>keys/</c>.</summary>
[Trait("Category", "Golden")]
[Collection("Native")]
public class KeysGoldenTests
{
    public static TheoryData<string> Detectors => GoldenFolder.Files("keys", "paa_*.json");
    public static TheoryData<string> Backbones => GoldenFolder.Files("keys", "torchvision_*.json");

    [SkippableTheory, MemberData(nameof(Detectors))]
    public void Detector_HasTheKeysOfMmdetection(string file)
    {
        var expected = Rows(file);
        var inferred = ArchitectureInference.FromShapes(expected.ToDictionary(row => row.Name, row => row.Shape));
        var detector = new PaaDetector(inferred);
        Assert.Equal(
            expected.Select(row => row.ToString()),
            detector.Parameters.Select(entry =>
                new Row(entry.Name, entry.Shape, entry.Type.ToString(), entry.IsBuffer, entry.IsTrainable).ToString()));
    }

    [SkippableTheory, MemberData(nameof(Backbones))]
    public void Backbone_HasTheKeysOfTorchvision(string file)
    {
        var expected = Rows(file).Where(row => !row.Name.StartsWith("fc.", StringComparison.Ordinal)).ToList();
        int[] blocks = [.. Enumerable.Range(1, 4).Select(stage => expected.Count(row =>
            row.Name.StartsWith($"layer{stage}.", StringComparison.Ordinal)
            && row.Name.EndsWith(".conv1.weight", StringComparison.Ordinal)))];
        var bottleneck = expected.Any(row => row.Name == "layer1.0.conv3.weight");
        var depth = ((int[])[18, 34, 50, 101, 152]).Single(d =>
            ResNet.Layout(d).Blocks.SequenceEqual(blocks) && ResNet.Layout(d).IsBottleneck == bottleneck);
        var detector = new PaaDetector(new ModelOptions { Backbone = new BackboneOptions { Depth = depth } });
        Assert.Equal(
            expected.Select(row => $"backbone.{row.Name} [{string.Join(", ", row.Shape)}]"),
            detector.Parameters.Where(entry => entry.Name.StartsWith("backbone.", StringComparison.Ordinal))
                .Select(entry => $"{entry.Name} [{string.Join(", ", entry.Shape)}]"));
    }

    static List<Row> Rows(string file) => [.. GoldenFolder.Json(file).EnumerateArray().Select(row => new Row(
        row.GetProperty("name").GetString()!,
        [.. row.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())],
        row.GetProperty("dtype").GetString()!,
        row.GetProperty("kind").GetString() == "buffer",
        row.TryGetProperty("trainable", out var trainable) && trainable.GetBoolean()))];

    sealed record Row(string Name, long[] Shape, string Type, bool IsBuffer, bool IsTrainable)
    {
        public override string ToString() =>
            $"{Name} [{string.Join(", ", Shape)}] {Type.ToLowerInvariant()} "
            + (IsBuffer ? "buffer" : IsTrainable ? "trains" : "frozen");
    }
}
