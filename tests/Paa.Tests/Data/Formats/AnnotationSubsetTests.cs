using Paa.Data;
using Paa.Data.Formats;

namespace Paa.Tests.Data.Formats;

public sealed class AnnotationSubsetTests
{
    static readonly AnnotationSet Set = new(
        [new CocoCategory(3, "cat"), new CocoCategory(5, "dog"), new CocoCategory(9, "cow")],
        [.. Enumerable.Range(0, 20).Select(i => new AnnotatedImage(new CocoImage(100 + i, $"{i}.png", 64, 48, 0),
            [new CocoAnnotation(10 * i, 1, 2.5, 3, 4, 12, i % 3, i == 4, true)]))]);

    [Fact]
    public void OfClasses_KeepsIdsAndTakesTheOrder()
    {
        var subset = Set.OfClasses(["cow", "cat"]);
        Assert.Equal([new CocoCategory(9, "cow"), new CocoCategory(3, "cat")], subset.Categories);
        Assert.Equal(20, subset.Images.Count);
        Assert.Empty(subset.Images[1].Annotations);
        Assert.Equal((20, 0), (subset.Images[2].Annotations[0].Id, subset.Images[2].Annotations[0].Label));
        Assert.Contains("no class 'pig'; the classes are cat, dog, cow",
            Assert.Throws<ArgumentException>(() => Set.OfClasses(["pig"])).Message);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => Set.OfClasses(["cat", "cat"])).Message);
    }

    [Fact]
    public void WrittenSet_KeepsCrowdsAndIgnoredBoxes()
    {
        using var folder = new TemporaryFolder();
        var ignored = new CocoAnnotation(1, 0, 0, 9, 9, 81, 0, IsCrowd: false, IsUsable: false, IsIgnored: true);
        var image = Set.Images[4] with { Annotations = [Set.Images[4].Annotations[0], ignored] };
        CocoWriter.Write(folder["set.json"], Set with { Images = [image] });
        var read = CocoDataset.Load(folder["set.json"]).Annotations(0);
        Assert.Equal([(true, false), (false, true)], read.ToArray().Select(box => (box.IsCrowd, box.IsIgnored)));
    }

    [Fact]
    public void OfImages_TakesNamesAndIds()
    {
        Assert.Equal([103, 104], Set.OfImages(["104", "3.png"]).Images.Select(image => image.Image.Id));
        Assert.Contains("1 images are not in the file, such as '99.png'",
            Assert.Throws<ArgumentException>(() => Set.OfImages(["99.png", "1.png"])).Message);
    }

    [Fact]
    public void Split_SharesAllImages_TheSameForASeed()
    {
        var parts = Set.Split([0.7, 0.2, 0.1], seed: 3);
        Assert.Equal([14, 4, 2], parts.Select(part => part.Images.Count));
        Assert.Equal(Ids(Set), parts.SelectMany(Ids).Order());
        Assert.All(parts, part => Assert.Equal(Ids(part).Order(), Ids(part)));
        Assert.Equal(Ids(parts[2]), Ids(Set.Split([7, 2, 1], seed: 3)[2]));
        Assert.NotEqual(Ids(parts[0]), Ids(Set.Split([7, 2, 1], seed: 4)[0]));
        Assert.Throws<ArgumentException>(() => Set.Split([1, 0], 0));
        Assert.Contains("would be empty", Assert.Throws<ArgumentException>(() => Set.Split([1000, 1], 0)).Message);

        static IEnumerable<long> Ids(AnnotationSet part) => part.Images.Select(image => image.Image.Id);
    }

    [Fact]
    public void CocoWriter_WritesWhatTheDataSetReadsBack()
    {
        using var folder = new TemporaryFolder();
        CocoWriter.Write(folder["set.json"], Set);
        var dataset = CocoDataset.Load(folder["set.json"]);
        Assert.Empty(dataset.Findings);
        var again = AnnotationSet.From(dataset);
        Assert.Equal(Set.Categories, again.Categories);
        Assert.Equal(Set.Images.Select(image => image.Image), again.Images.Select(image => image.Image));
        Assert.Equal(Set.Images.SelectMany(image => image.Annotations), again.Images.SelectMany(image => image.Annotations));
    }
}
