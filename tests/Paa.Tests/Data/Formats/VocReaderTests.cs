using Paa.Data;
using Paa.Data.Formats;
using Paa.Imaging;

namespace Paa.Tests.Data.Formats;

public sealed class VocReaderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    const string Size = "<size><width>100</width><height>80</height></size>";
    const string Corners = "<xmin>11</xmin><ymin>21</ymin><xmax>31</xmax><ymax>61</ymax>";

    void Write(string name, string objects, string size = Size, string file = "a.jpg") =>
        _folder.Write($"xml/{name}.xml", $"<annotation>\n<filename>{file}</filename>\n{size}\n{objects}\n</annotation>");

    static string Item(string name, string box = Corners, string more = "") =>
        $"<object><name>{name}</name>{more}<bndbox>{box}</bndbox></object>";

    AnnotationSet Read(string? images = null, string[]? classes = null) => VocReader.Read(_folder["xml"], images, classes);

    string Error() => Assert.Throws<DataException>(() => Read()).Message[(_folder["xml"].Length + 1)..];

    [Fact]
    public void Read_MovesTheOriginAndNumbersClassesByName()
    {
        Write("2", Item("dog", more: "<difficult>1</difficult><truncated>1</truncated>"), file: "b.jpg");
        Write("1", Item("dog") + "\n" + Item("cat", "<xmin>1.5</xmin><ymin>1</ymin><xmax>2</xmax><ymax>3</ymax>"));
        var set = Read();
        Assert.Equal([new CocoCategory(1, "cat"), new CocoCategory(2, "dog")], set.Categories);
        Assert.Equal([new CocoImage(1, "a.jpg", 100, 80, 0), new CocoImage(2, "b.jpg", 100, 80, 0)],
            set.Images.Select(image => image.Image));
        Assert.Equal([new(1, 10, 20, 20, 40, 800, 1, false, true), new CocoAnnotation(2, 0.5, 0, 0.5, 2, 1, 0, false, true)],
            set.Images[0].Annotations);
        Assert.True(set.Images[1].Annotations[0].IsCrowd);
    }

    [Fact]
    public void Read_WithClasses_TakesTheirOrderAndLeavesOutOthers()
    {
        Write("1", Item("dog") + Item("cow") + Item("cat"));
        var set = Read(classes: ["dog", "cat"]);
        Assert.Equal(["dog", "cat"], set.Categories.Select(category => category.Name));
        Assert.Equal([0, 1], set.Images[0].Annotations.Select(annotation => annotation.Label));
    }

    [Fact]
    public void Read_WithoutSize_TakesThatOfTheImage()
    {
        Write("1", Item("dog"), size: "", file: "a.png");
        using (var image = new Image(7, 9)) image.Save(_folder["a.png"]);
        Assert.Equal((9, 7), (Read(_folder.Path).Images[0].Image.Width, Read(_folder.Path).Images[0].Image.Height));
        Assert.StartsWith("1.xml: line 1: no positive <width> and <height>", Error());
    }

    [Theory]
    [InlineData("<object><name>dog</name>\n</object>", "1.xml: line 4: <object> without <bndbox>.")]
    [InlineData("<object>\n<bndbox><xmin>1</xmin></bndbox></object>", "1.xml: line 5: <bndbox> without <ymin>.")]
    [InlineData("<object><bndbox>\n<xmin>x1</xmin><ymin>1</ymin></bndbox></object>",
        "1.xml: line 5: <xmin> must be a number, got 'x1'.")]
    [InlineData("<object><bndbox><xmin>9</xmin><ymin>1</ymin><xmax>8</xmax><ymax>2</ymax></bndbox></object>",
        "1.xml: line 4: expected xmin <= xmax and ymin <= ymax, got x 9..8, y 1..2.")]
    [InlineData("<object><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>8</xmax><ymax>2</ymax></bndbox></object>",
        "1.xml: line 4: <object> without <name>.")]
    [InlineData("<object>", "1.xml: line 5: not valid XML: The 'object' start tag on line 4 position 2 does not match")]
    public void MalformedFiles_AreNamedWithTheirLine(string objects, string message)
    {
        Write("1", objects);
        Assert.StartsWith(message, Error());
    }

    [Fact]
    public void DocumentTypes_AreRefused()
    {
        _folder.Write("xml/1.xml", """<!DOCTYPE a [<!ENTITY x "y">]><annotation><filename>&x;</filename></annotation>""");
        Assert.StartsWith("1.xml: not valid XML: For security reasons DTD is prohibited", Error());
    }

    [Fact]
    public void OtherFiles_AreRefused()
    {
        _folder.Write("xml/1.xml", "<note/>");
        Assert.Equal("1.xml: line 1: expected the element <annotation>, got <note>.", Error());
        Assert.EndsWith("no such folder; expected the one with the XML files.",
            Assert.Throws<DataException>(() => VocReader.Read(_folder["none"])).Message);
    }
}
