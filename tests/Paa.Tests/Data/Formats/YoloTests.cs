using Paa.Data;
using Paa.Data.Formats;
using Paa.Imaging;

namespace Paa.Tests.Data.Formats;

public sealed class YoloTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public YoloTests()
    {
        Directory.CreateDirectory(_folder["images/train"]);
        using var image = new Image(50, 100);
        image.Save(_folder["images/train/a.png"]);
        image.Save(_folder["images/train/b.png"]);
    }

    public void Dispose() => _folder.Dispose();

    string Layout(string text = "train: images/train\nnames: [cat, dog]\n") => _folder.Write("data.yaml", text);

    string Error(string labels)
    {
        _folder.Write("labels/train/a.txt", labels);
        return Assert.Throws<DataException>(() => YoloReader.Read(Layout(), "train")).Message;
    }

    [Fact]
    public void Read_TurnsSharesIntoPixels()
    {
        _folder.Write("labels/train/a.txt", "1 0.5 0.5 0.2 0.4\n\n0 0.1 0.9 0.2 0.2\n");
        var (set, root) = YoloReader.Read(Layout(), "train");
        Assert.Equal(_folder.Path, root);
        Assert.Equal(["images/train/a.png", "images/train/b.png"], set.Images.Select(image => image.Image.FileName));
        Assert.Equal((100, 50), (set.Images[0].Image.Width, set.Images[0].Image.Height));
        var box = set.Images[0].Annotations[0];
        Assert.Equal((40, 15, 20, 20, 1), (box.X, box.Y, box.Width, box.Height, box.Label));
        Assert.Equal(2, set.Images[0].Annotations.Count);
        Assert.Empty(set.Images[1].Annotations);
    }

    [Fact]
    public void Read_TakesNamesAsAMapping_AndListsOfImages()
    {
        _folder.Write("list.txt", "images/train/b.png\n");
        var (set, _) = YoloReader.Read(Layout("path: .\nval: list.txt\nnames:\n  0: cat\n  1: dog\n"), "val");
        Assert.Equal("images/train/b.png", Assert.Single(set.Images).Image.FileName);
        Assert.Equal(["cat", "dog"], set.Categories.Select(category => category.Name));
    }

    [Theory]
    [InlineData("1 0.5 0.5 0.2", "line 1: expected 5 numbers (class, x, y, width, height), got 4; polygons are not supported.")]
    [InlineData("0 0.5 0.5 0.2 0.2\n2 0.5 0.5 0.2 0.2", "line 2: expected a class from 0 to 1, got '2'.")]
    [InlineData("0.5 0.5 0.5 0.2 0.2", "line 1: expected a class from 0 to 1, got '0.5'.")]
    [InlineData("0 0.5 1.5 0.2 0.2", "line 1: expected shares of the image from 0 to 1, got '1.5'.")]
    [InlineData("0 nan 0.5 0.2 0.2", "line 1: expected shares of the image from 0 to 1, got 'nan'.")]
    public void MalformedLines_AreNamed(string labels, string message) =>
        Assert.Equal($"{_folder.Path}/labels/train/a.txt: {message}", Error(labels));

    [Theory]
    [InlineData("train: images/train\n", "no 'names'; expected the class names, a list or a mapping from 0 on.")]
    [InlineData("train: images/train\nnames: {1: cat}\n", "names must count from 0 without a gap, there is no 0.")]
    [InlineData("val: images/train\nnames: [cat]\n", "no split 'train'; it has val.")]
    public void MalformedLayouts_AreNamed(string layout, string message)
    {
        var error = Assert.Throws<DataException>(() => YoloReader.Read(Layout(layout), "train")).Message;
        Assert.StartsWith(_folder["data.yaml"], error);
        Assert.EndsWith(message, error);
    }

    [Fact]
    public void Write_InvertsRead()
    {
        _folder.Write("labels/train/a.txt", "1 0.5 0.5 0.2 0.4\n");
        var (set, _) = YoloReader.Read(Layout(), "train");
        var crowd = set.Images[0].Annotations[0] with { IsCrowd = true };
        var images = set.Images.Select((image, i) => i == 1 ? image with { Annotations = [crowd] } : image).ToList();
        Assert.Equal(1, YoloWriter.Write(_folder["out"], set with { Images = images }));
        Assert.Equal("1 0.5 0.5 0.2 0.4\n", File.ReadAllText(_folder["out/labels/images/train/a.txt"]));
        Assert.Equal("", File.ReadAllText(_folder["out/labels/images/train/b.txt"]));
        Assert.Contains("names:\n  0: \"cat\"\n  1: \"dog\"\n", File.ReadAllText(_folder["out/data.yaml"]));
    }

    [Theory]
    [InlineData("../a.png", "b.png", "leads out of")]
    [InlineData("a.png", "a.jpg", "as well")]
    public void Write_OfNamesThatDoNotFit_IsRefused(string first, string second, string message)
    {
        var images = new[] { first, second }.Select((name, i) => new AnnotatedImage(new CocoImage(i, name, 9, 9, 0), []));
        var set = new AnnotationSet([new CocoCategory(1, "cat")], [.. images]);
        Assert.Contains(message, Assert.Throws<DataException>(() => YoloWriter.Write(_folder["out"], set)).Message);
    }
}
