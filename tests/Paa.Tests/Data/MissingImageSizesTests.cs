using System.Text.Json.Nodes;
using Paa.Data;

namespace Paa.Tests.Data;

public sealed class MissingImageSizesTests : IDisposable
{
    readonly OwnPhotographs _photographs = new(4);

    public void Dispose() => _photographs.Dispose();

    static void WithoutSizes(JsonObject content)
    {
        foreach (var image in content["images"]!.AsArray())
        {
            image!.AsObject().Remove("width");
            image["height"] = 0;
        }
    }

    [Fact]
    public void Load_TakesMissingSizesFromTheImageFiles()
    {
        var file = _photographs.Coco("a.json", WithoutSizes);
        var dataset = CocoDataset.Load(file, _photographs.Pictures("images"));
        Assert.Equal(4, dataset.Images.Count);
        Assert.All(dataset.Images, image => Assert.Equal((96, 64), (image.Width, image.Height)));
        Assert.True(dataset.Annotations(0)[0].IsUsable);
        var finding = Assert.Single(dataset.Findings);
        Assert.Equal((FindingKind.ImageSizeFromFile, 4, FindingSeverity.Warning),
            (finding.Kind, finding.Count, finding.Severity));
        Assert.Contains("width is nothing, height is 0", finding.Examples[0]);
    }

    [Fact]
    public void Load_LeavesOutAnImageWhoseSizeNobodyTells()
    {
        var file = _photographs.Coco("a.json", WithoutSizes);
        var images = _photographs.Pictures("images", count: 3);
        var dataset = CocoDataset.Load(file, images);
        Assert.Equal(3, dataset.Images.Count);
        Assert.Equal([FindingKind.ImageWithoutSize, FindingKind.ImageSizeFromFile, FindingKind.AnnotationOfUnusableImage],
            dataset.Findings.Select(finding => finding.Kind));
        Assert.Contains("photo 03.png: no such image", dataset.Findings[0].Examples[0]);
    }
}
