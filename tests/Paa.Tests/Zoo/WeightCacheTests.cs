using Paa.Zoo;

namespace Paa.Tests.Zoo;

public sealed class WeightCacheTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Find_OfTheZoosNames_GivesMmdetectionsFiles()
    {
        using var cache = new WeightCache(_folder.Path);
        var file = cache.Find("paa_r101_fpn_mstrain_3x_coco")!;
        Assert.Equal("https://download.openmmlab.com/mmdetection/v2.0/paa/paa_r101_fpn_mstrain_3x_coco/"
            + "paa_r101_fpn_mstrain_3x_coco_20210122_084202-83250d22.pth", file.Address.ToString());
        Assert.Equal("83250d22", file.HashPrefix);
        Assert.Equal(_folder["checkpoints/paa_r101_fpn_mstrain_3x_coco_20210122_084202-83250d22.pth"], cache.PathOf(file));
    }

    [Fact]
    public void Find_OfABackbone_GivesTorchvisionsFile()
    {
        using var cache = new WeightCache(_folder.Path);
        var file = cache.Find("torchvision://resnet50")!;
        Assert.Equal(("https://download.pytorch.org/models/resnet50-0676ba61.pth", "0676ba61"),
            (file.Address.ToString(), file.HashPrefix));
        Assert.All(BackboneCatalogue.Names, name => Assert.NotNull(cache.Find(name)));
    }

    [Fact]
    public void Find_OfAnAddress_TellsEqualNamesApart()
    {
        using var cache = new WeightCache(_folder.Path);
        var (a, b) = (cache.Find("http://a.example/latest.pth")!, cache.Find("http://b.example/latest.pth")!);
        Assert.EndsWith("-latest.pth", a.Name);
        Assert.NotEqual(a.Name, b.Name);
        Assert.Null(a.HashPrefix);
        Assert.Equal("936edec3", cache.Find("https://a.example/x/paa-936edec3.pth")!.HashPrefix);
        Assert.Null(cache.Find("https://a.example/x/paa-20200821.pth")!.HashPrefix);
    }

    [Theory]
    [InlineData("http://a.example/", "http://a.example/: names no file.")]
    [InlineData("http://a.example/x/%2e%2e%2f", "names no file.")]
    [InlineData("torchvision://resnet51", "'torchvision://resnet51' is not known; expected http://, https://, or one of ")]
    [InlineData("s3://bucket/a.pth", "'s3://bucket/a.pth' is not known")]
    public void Find_OfSomethingElse_SaysWhatIsExpected(string name, string message)
    {
        using var cache = new WeightCache(_folder.Path);
        Assert.Contains(message, Assert.Throws<DownloadException>(() => cache.Find(name)).Message);
    }

    [Fact]
    public void Resolve_OfAPath_ReturnsIt()
    {
        using var cache = new WeightCache(_folder.Path);
        var named = _folder.Write("paa_r50_fpn_1x_coco", "a file of this name comes first");
        Assert.Equal(named, cache.Resolve(named));
        Assert.Equal("none.pth", cache.Resolve("none.pth"));
    }

    [Fact]
    public void Resolve_FromAMirror_DownloadsOnce()
    {
        using var server = new FileServer(_ => FileAnswer.Ok([1, 2, 3]));
        using var cache = new WeightCache(_folder.Path, server["mirror/"]);
        var path = cache.Resolve("open-mmlab://resnext101_64x4d");
        Assert.Equal(path, cache.Resolve("open-mmlab://resnext101_64x4d"));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        Assert.Equal("/mirror/resnext101_64x4d-ee2c6f71.pth", Assert.Single(server.Requests).Path);
    }

    [Fact]
    public void Catalogue_HasMmdetectionsTable()
    {
        Assert.Equal(7, ZooCatalogue.Models.Count);
        Assert.Equal([40.4, 41.4, 41.6, 43.3, 42.6, 43.5, 45.1], ZooCatalogue.Models.Select(model => model.Ap));
        Assert.Equal([12, 18, 24, 36, 12, 24, 36], ZooCatalogue.Models.Select(model => model.Epochs));
        Assert.All(ZooCatalogue.Models, model =>
        {
            Assert.EndsWith($"-{model.Weights.HashPrefix}.pth", model.Weights.Name);
            Assert.StartsWith(model.Name, model.Log.Name);
        });
    }
}
