using System.Text.Json;
using Paa.Data;

namespace Paa.Tests.Data;

public sealed class DatasetCheckTests : IDisposable
{
    readonly PictureFolder _pictures = new(count: 6);

    public void Dispose() => _pictures.Dispose();

    void EditAnnotations(string old, string replacement)
    {
        var text = File.ReadAllText(_pictures.AnnotationFile);
        Assert.Contains(old, text, StringComparison.Ordinal);
        File.WriteAllText(_pictures.AnnotationFile, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    Finding Single()
    {
        var finding = Assert.Single(DatasetCheck.Run(_pictures.Options).Findings);
        Assert.Equal(1, finding.Count);
        return finding;
    }

    [Fact]
    public void Run_OnAGoodDataset_FindsNothing()
    {
        var report = DatasetCheck.Run(_pictures.Options);
        Assert.Empty(report.Findings);
        Assert.False(report.HasErrors);
        Assert.Equal((6, 12), (report.Images, report.Annotations));
    }

    [Fact]
    public void Run_FindsMissingImages()
    {
        File.Delete(_pictures.PathOf(2));
        Assert.Equal((FindingKind.ImageFileMissing, $"{_pictures.PathOf(2)} (image 102)"), (Single().Kind, Single().Examples[0]));
    }

    [Fact]
    public void Run_FindsFilesThatAreCutOff()
    {
        var bytes = File.ReadAllBytes(_pictures.PathOf(1));
        File.WriteAllBytes(_pictures.PathOf(1), bytes[..(bytes.Length / 2)]);
        Assert.Equal(FindingKind.ImageFileUnreadable, Single().Kind);
        Assert.Empty(DatasetCheck.Run(_pictures.Options, readImages: false).Findings);
    }

    [Fact]
    public void Run_FindsFilesThatAreNoImages()
    {
        File.WriteAllText(_pictures.PathOf(1), "<html>not found</html>");
        var finding = Single();
        Assert.Equal(FindingKind.ImageFileUnreadable, finding.Kind);
        Assert.StartsWith($"{_pictures.PathOf(1)} (image 101): not a JPEG", finding.Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FindsImagesOfAnotherSize()
    {
        File.Copy(_pictures.PathOf(3), _pictures.PathOf(0), overwrite: true);
        var finding = Single();
        Assert.Equal(FindingKind.ImageSizeDiffers, finding.Kind);
        Assert.Contains("64 x 96, the annotation file says 96 x 64; perhaps", finding.Examples[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"category_id\":4,\"bbox\":[2,0,16,20]", "\"category_id\":5,\"bbox\":[10,20,30,40]", FindingKind.DuplicateBox)]
    [InlineData("\"bbox\":[2,0,16,20]", "\"bbox\":[-2,0,16,20]", FindingKind.BoxPartlyOutside)]
    [InlineData("\"bbox\":[2,0,16,20]", "\"bbox\":[2,0,0.5,20]", FindingKind.DegenerateBox)]
    [InlineData("\"bbox\":[2,0,16,20]", "\"bbox\":[200,0,16,20]", FindingKind.BoxOutsideImage)]
    [InlineData("\"bbox\":[2,0,16,20]", "\"bbox\":[2,0,NaN,20]", FindingKind.NotFinite)]
    [InlineData("\"bbox\":[2,0,16,20]", "\"ignore\":1,\"bbox\":[2,0,16,20]", FindingKind.IgnoredAnnotation)]
    [InlineData("{\"id\":4,\"name\":\"a\"}", "{\"id\":4,\"name\":\"a\"},{\"id\":9,\"name\":\"c\"}",
        FindingKind.ClassWithoutBoxes)]
    [InlineData("\"file_name\":\"1.png\"", "\"file_name\":\"0.png\"", FindingKind.DuplicateFileName)]
    public void Run_FindsWhatTheAnnotationFileGetsWrong(string old, string replacement, FindingKind kind)
    {
        EditAnnotations(old, replacement);
        Assert.Equal(kind, Single().Kind);
    }

    [Fact]
    public void Run_FindsImagesBelowMinSize()
    {
        Assert.Empty(DatasetCheck.Run(_pictures.Options with { MinImageSide = 64 }).Findings);
        var finding = Assert.Single(DatasetCheck.Run(_pictures.Options with { MinImageSide = 65 }).Findings);
        Assert.Equal((FindingKind.TinyImage, 6), (finding.Kind, finding.Count));
    }

    [Fact]
    public void Run_OnAnUnusableFile_ReportsIt()
    {
        File.WriteAllText(_pictures.AnnotationFile, "{");
        var report = DatasetCheck.Run(_pictures.Options);
        Assert.True(report.HasErrors);
        Assert.Equal(FindingKind.UnusableFile, Assert.Single(report.Findings).Kind);
    }

    [Fact]
    public void Report_BecomesJsonWithNames()
    {
        File.Delete(_pictures.PathOf(2));
        var json = JsonSerializer.SerializeToElement(DatasetCheck.Run(_pictures.Options)).GetProperty("Findings")[0];
        Assert.Equal("ImageFileMissing", json.GetProperty("Kind").GetString());
        Assert.Equal("Error", json.GetProperty("Severity").GetString());
    }

    [Fact]
    public void Descriptions_ExistForEveryKind() =>
        Assert.All(Enum.GetValues<FindingKind>(), kind => Assert.NotEmpty(new Finding(kind, 1, []).Description));
}
