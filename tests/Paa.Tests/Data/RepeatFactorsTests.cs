using Paa.Data;
using Paa.Options;

namespace Paa.Tests.Data;

public sealed class RepeatFactorsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Ten images: class a in all but the last two, b in the first, c (a crowd) in the second and third.</summary>
    CocoDataset Dataset()
    {
        var images = Enumerable.Range(0, 10)
            .Select(i => $$"""{"id": {{i}}, "file_name": "{{i}}.png", "width": 64, "height": 64}""");
        (int Image, int Category, int Crowd)[] all =
            [.. Enumerable.Range(0, 8).Select(image => (image, 1, 0)), (0, 2, 0), (1, 3, 1), (2, 3, 1)];
        var boxes = all.Select((box, id) => $$"""
            {"id": {{id + 1}}, "image_id": {{box.Image}}, "category_id": {{box.Category}}, "bbox": [1, 1, 9, 9], "area": 81,
             "iscrowd": {{box.Crowd}}}
            """);
        return CocoDataset.Load(_folder.Write("gt.json", $$"""
            {"images": [{{string.Join(',', images)}}], "annotations": [{{string.Join(',', boxes)}}],
             "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}, {"id": 3, "name": "c"}]}
            """));
    }

    static readonly int[] All = [.. Enumerable.Range(0, 10)];

    [Fact]
    public void OfImages_TakesTheLargestFactorOfTheClasses()
    {
        var factors = RepeatFactors.OfImages(Dataset(), All, new ClassBalancedOptions { FrequencyThreshold = 0.4 });
        // f(a) = 0.8 is frequent; f(b) = 0.1: sqrt(4) = 2; f(c) = 0.2: sqrt(2).
        Assert.Equal([2, Math.Sqrt(0.4 / 0.2), Math.Sqrt(0.4 / 0.2), 1, 1, 1, 1, 1, 1, 1], factors);
    }

    [Fact]
    public void OfImages_WithoutFilter_RepeatsEmptyImagesAsAClass()
    {
        var options = new ClassBalancedOptions { FrequencyThreshold = 0.8, SkipEmptyImages = false };
        var factors = RepeatFactors.OfImages(Dataset(), All, options);
        Assert.Equal([2, 2], factors[8..]);                                 // sqrt(0.8 / 0.2)
    }

    [Fact]
    public void OfImages_CountsSharesOfTheSelectedImages()
    {
        var factors = RepeatFactors.OfImages(Dataset(), [0, 1], new ClassBalancedOptions { FrequencyThreshold = 0.5 });
        Assert.Equal([1, 1], factors);                                      // b and c are each in half of them
    }

    [Fact]
    public void Apply_RoundsUpAndRepeats()
    {
        var balanced = new DatasetOptions { ClassBalanced = new ClassBalancedOptions { FrequencyThreshold = 0.4 } };
        Assert.Equal([0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 9], RepeatFactors.Apply(Dataset(), All, balanced));
        Assert.Equal([0, 0, 0, 0, 3, 3], RepeatFactors.Apply(Dataset(), [0, 3], balanced with
        {
            Repetitions = 2,
            ClassBalanced = new ClassBalancedOptions { FrequencyThreshold = 1 },      // b in one of two: sqrt(2), up to 2
        }));
        Assert.Equal([3, 3, 3, 4, 4, 4], RepeatFactors.Apply(Dataset(), [3, 4], new DatasetOptions { Repetitions = 3 }));
    }
}
