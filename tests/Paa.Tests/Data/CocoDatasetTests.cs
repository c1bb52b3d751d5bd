using System.Globalization;
using System.Text;
using Paa.Boxes;
using Paa.Data;

namespace Paa.Tests.Data;

public sealed class CocoDatasetTests : IDisposable
{
    const string Categories = """[{"id": 7, "name": "cat"}, {"id": 3, "name": "dog", "supercategory": "animal"}]""";

    const string Images = """
        {"id": 20, "file_name": "b.jpg", "width": 100, "height": 50, "license": 1},
        {"id": 10, "file_name": "a.jpg", "height": 60, "width": 40}
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    CocoDataset Load(string annotations, string? images = null, string categories = Categories, string[]? classes = null) =>
        CocoDataset.Load(Write("instances.json", annotations, images, categories), "images", classes);

    string Write(string name, string annotations, string? images = null, string categories = Categories) =>
        _folder.Write(name, $$"""
            {"info": {"year": 2020}, "annotations": [{{annotations}}], "categories": {{categories}},
             "images": [{{images ?? Images}}]}
            """);

    static string Annotation(
        int id = 1, long image = 20, long category = 7, string box = "[1, 2, 30, 40]", string rest = "\"area\": 900") =>
        """{"segmentation": [[1, 2, {"deep": [3, "]"]}]],"""
        + $$""" "id": {{id}}, "image_id": {{image}}, "category_id": {{category}}, "bbox": {{box}}, {{rest}}}""";

    static Finding Single(CocoDataset dataset, FindingKind kind)
    {
        var finding = Assert.Single(dataset.Findings);
        Assert.Equal(kind, finding.Kind);
        Assert.Equal(1, finding.Count);
        return finding;
    }

    [Fact]
    public void Load_AcceptsKeysInAnyOrder()
    {
        var dataset = Load($"{Annotation(1, 20, 3)}, {Annotation(2, 10, 7)}, {Annotation(3, 20, 7, "[0.5, 0.25, 8, 4.125]")}");
        Assert.Empty(dataset.Findings);
        Assert.Equal(["cat", "dog"], dataset.Classes);
        Assert.Equal([20, 10], dataset.Images.Select(image => image.Id));
        Assert.Equal(new ImageSize(50, 100), dataset.Images[0].Size);
        Assert.True(dataset.Images[0].IsWide);
        Assert.Equal(Path.Combine("images", "a.jpg"), dataset.ImagePath(1));
        Assert.Equal([1, 3], dataset.Annotations(0).ToArray().Select(a => a.Id));
        Assert.Equal([1, 0], dataset.Targets(0).Labels);
        Assert.Equal(new Box(0.5f, 0.25f, 8.5f, 4.375f), dataset.Targets(0).Boxes[1]);
    }

    [Fact]
    public void Load_MapsCategoryIdsAndLabelsBothWays()
    {
        var dataset = Load(Annotation(1, 20, 3));
        Assert.Equal((0, 1, -1), (dataset.Label(7), dataset.Label(3), dataset.Label(0)));
        Assert.Equal((7, 3), (dataset.CategoryId(0), dataset.CategoryId(1)));
        Assert.Equal((0, 1, -1), (dataset.ImageIndex(20), dataset.ImageIndex(10), dataset.ImageIndex(11)));
    }

    [Fact]
    public void Load_WithClasses_TakesTheirOrderAndLeavesOutOthers()
    {
        var dataset = Load($"{Annotation(1, 20, 3)}, {Annotation(2, 20, 7)}", classes: ["dog"]);
        Assert.Equal(3, dataset.CategoryId(0));
        Assert.Equal(1, dataset.AnnotationCount);
        Assert.Empty(dataset.Findings);
        Assert.Equal(["dog", "cat"], Load(Annotation(), classes: ["dog", "cat"]).Classes);
    }

    [Fact]
    public void Load_WithAClassThatNoFileHas_NamesTheCategories()
    {
        var e = Assert.Throws<DataException>(() => Load(Annotation(), classes: ["cat", "cow"]));
        Assert.Contains("class 'cow' is asked for, but the categories are cat, dog", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_OfSeveralFiles_JoinsClassesByNameAndRenumbersEqualIds()
    {
        var first = Write("first.json", Annotation(1, 20, 7));
        var second = Write("second.json", $"{Annotation(1, 20, 1)}, {Annotation(2, 20, 2)}",
            """{"id": 20, "file_name": "c.jpg", "width": 64, "height": 64}""",
            """[{"id": 1, "name": "dog"}, {"id": 2, "name": "cow"}]""");
        var dataset = CocoDataset.Load([first, second], ["one", "two"]);
        Assert.Equal(["cat", "dog", "cow"], dataset.Classes);
        Assert.Equal([20, 10, 21], dataset.Images.Select(image => image.Id));
        Assert.Equal(Path.Combine("two", "c.jpg"), dataset.ImagePath(2));
        Assert.Equal([1, 2], dataset.Targets(2).Labels);
        Assert.Contains("second.json: image 20 (c.jpg) becomes 21",
            Single(dataset, FindingKind.ImageIdInSeveralFiles).Examples[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Load_ReadsTokensLongerThanItsBuffer()
    {
        var counts = new string('x', 300_000);
        var polygon = string.Join(",", Enumerable.Range(0, 100_000));
        var dataset = Load(Annotation(1, rest:
            $$""" "area": 5, "segmentation": {"counts": "{{counts}}", "size": [{{polygon}}]}, "iscrowd": 1"""));
        Assert.True(dataset.Annotations(0)[0].IsCrowd);
        Assert.Empty(dataset.Targets(0).Boxes);
        Assert.Single(dataset.Targets(0).Ignored);
    }

    [Fact]
    public void Load_AcceptsAByteOrderMark()
    {
        var path = Write("bom.json", Annotation());
        File.WriteAllBytes(path, [.. Encoding.UTF8.Preamble, .. File.ReadAllBytes(path)]);
        Assert.Equal(1, CocoDataset.Load(path).AnnotationCount);
    }

    [Theory]
    [InlineData("[1, 2, 0, 40]", "\"area\": 900", FindingKind.DegenerateBox)]
    [InlineData("[1, 2, 30, 0.99]", "\"area\": 900", FindingKind.DegenerateBox)]
    [InlineData("[1, 2, -30, 40]", "\"area\": 900", FindingKind.NegativeBox)]
    [InlineData("[1, 2, 30, 40]", "\"area\": 0", FindingKind.ZeroArea)]
    [InlineData("[100, 2, 30, 40]", "\"area\": 900", FindingKind.BoxOutsideImage)]
    [InlineData("[-30, 2, 30, 40]", "\"area\": 900", FindingKind.BoxOutsideImage)]
    public void Load_KeepsBoxesUnfitForTraining_ForEvaluationOnly(string box, string rest, FindingKind kind)
    {
        var dataset = Load($"{Annotation(5, box: box, rest: rest)}, {Annotation(6, image: 10)}");
        Assert.StartsWith("annotation 5 (image 20): ", Single(dataset, kind).Examples[0], StringComparison.Ordinal);
        Assert.Equal(2, dataset.AnnotationCount);
        Assert.False(dataset.Annotations(0)[0].IsUsable);
        Assert.Empty(dataset.Targets(0).Boxes);
        Assert.Equal([1], dataset.SelectTrainingImages(filterEmpty: true, minSide: 32));
        Assert.Equal([0, 1], dataset.SelectTrainingImages(filterEmpty: false, minSide: 32));
    }

    [Theory]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, 2, 3]}""",
        FindingKind.InvalidAnnotation, "bbox has 3 numbers")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, "2", 3, 4]}""",
        FindingKind.InvalidAnnotation, "bbox[1] is the string \"2\"")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, [2], 3, 4]}""",
        FindingKind.InvalidAnnotation, "bbox[1] is an array")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": null}""", FindingKind.InvalidAnnotation, "bbox is null")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7}""", FindingKind.InvalidAnnotation, "bbox is missing")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, 2, 3, 4], "area": "12"}""",
        FindingKind.InvalidAnnotation, "area is the string")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, NaN, 3, 4]}""",
        FindingKind.NotFinite, "NaN or infinite")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, 2, Infinity, 4]}""",
        FindingKind.NotFinite, "NaN or infinite")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [-Infinity, -2, 3, 4]}""",
        FindingKind.NotFinite, "NaN or infinite")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 1e999}""",
        FindingKind.NotFinite, "NaN or infinite")]
    [InlineData("""{"id": 5, "image_id": 21, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 12}""",
        FindingKind.UnknownImage, "image 21")]
    [InlineData("""{"id": 5, "image_id": "20", "category_id": 7, "bbox": [1, 2, 3, 4], "area": 12}""",
        FindingKind.UnknownImage, "image_id is the string \"20\"")]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 8, "bbox": [1, 2, 3, 4], "area": 12}""",
        FindingKind.UnknownCategory, "category 8")]
    [InlineData("""{"id": 5, "image_id": 20, "bbox": [1, 2, 3, 4], "area": 12}""",
        FindingKind.UnknownCategory, "category_id is nothing")]
    [InlineData("""[5]""", FindingKind.InvalidAnnotation, "annotations[1] is an array")]
    public void Load_CountsAndLeavesOutBadAnnotations(string bad, FindingKind kind, string text)
    {
        var dataset = Load($"{Annotation()}, {bad}, {Annotation(2, 10)}");
        Assert.Contains(text, Single(dataset, kind).Examples[0], StringComparison.Ordinal);
        Assert.Equal(2, dataset.AnnotationCount);
    }

    [Theory]
    [InlineData("""{"id": 1, "image_id": 20, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 12}""",
        FindingKind.DuplicateAnnotationId)]
    [InlineData("""{"image_id": 20, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 12}""", FindingKind.AnnotationWithoutId)]
    [InlineData("""{"id": 5, "image_id": 20, "category_id": 7, "bbox": [1, 2, 3, 4]}""", FindingKind.MissingArea)]
    [InlineData("""{"id": 5, "image_id": 20.0, "category_id": 7.0, "bbox": [1, 2, 3, 4], "area": null}""",
        FindingKind.MissingArea)]
    public void Load_UsesOddAnnotationsAndSaysSo(string odd, FindingKind kind)
    {
        var dataset = Load($"{Annotation()}, {odd}");
        Assert.Equal(FindingSeverity.Warning, Single(dataset, kind).Severity);
        Assert.Equal(12, dataset.Annotations(0)[1].Area);
        Assert.True(dataset.Annotations(0)[1].IsUsable);
    }

    [Theory]
    [InlineData("""{"id": 30, "width": 10, "height": 10}""", FindingKind.ImageWithoutFileName, "image 30: file_name is nothing")]
    [InlineData("""{"id": 30, "file_name": "c.jpg", "width": 10}""",
        FindingKind.ImageWithoutSize, "image 30 (c.jpg): width is 10, height is nothing")]
    [InlineData("""{"id": 30, "file_name": "c.jpg", "width": 10, "height": -1}""", FindingKind.ImageWithoutSize, "height is -1")]
    [InlineData("""{"id": "x", "file_name": "c.jpg", "width": 10, "height": 10}""",
        FindingKind.ImageWithoutId, "images[1]: id is the string \"x\"")]
    [InlineData("""{"id": 20, "file_name": "c.jpg", "width": 10, "height": 10}""",
        FindingKind.DuplicateImageId, "image 20 (c.jpg)")]
    [InlineData("17", FindingKind.ImageWithoutId, "images[1] is 17")]
    public void Load_CountsAndLeavesOutBadImages(string bad, FindingKind kind, string text)
    {
        var dataset = Load(Annotation(), $$"""{"id": 20, "file_name": "b.jpg", "width": 100, "height": 50}, {{bad}}""");
        Assert.Contains(text, Single(dataset, kind).Examples[0], StringComparison.Ordinal);
        Assert.Equal("b.jpg", Assert.Single(dataset.Images).FileName);
    }

    [Fact]
    public void Load_TellsAnnotationsOfUnusableImagesFromThoseOfUnknownOnes()
    {
        var dataset = Load($"{Annotation(1, 20)}, {Annotation(2, 30)}, {Annotation(3, 31)}",
            """{"id": 20, "file_name": "b.jpg", "width": 100, "height": 50}, {"id": 30, "file_name": "c.jpg"}""");
        Assert.Equal([FindingKind.ImageWithoutSize, FindingKind.UnknownImage, FindingKind.AnnotationOfUnusableImage],
            dataset.Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public void Load_KeepsAFewExamplesOfManyProblems()
    {
        var dataset = Load(string.Join(",", Enumerable.Range(0, 40).Select(i => Annotation(i, i < 30 ? 99 : 20))));
        var finding = Assert.Single(dataset.Findings);
        Assert.Equal((30, Finding.MaxExamples), (finding.Count, finding.Examples.Count));
        Assert.StartsWith("30 x annotation of an unknown image, left out: annotation 0: image 99; ",
            finding.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(", ...", finding.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "line 1, byte 1: not valid JSON")]
    [InlineData("[]", "expected an object with images, annotations and categories, got an array")]
    [InlineData("""{"images": [], "categories": []}""", "no annotations at the top level")]
    [InlineData("""{"annotations": []}""", "no images and no categories at the top level")]
    [InlineData("""{"images": 3, "annotations": [], "categories": []}""", "images must be an array, got 3")]
    [InlineData("""{"images": [], "annotations": [], "categories": [{"id": 1, "name": "a"}]}""", "the list of images is empty")]
    [InlineData("""{"images": [{"id": 1}], "annotations": [], "categories": [{"id": 1, "name": "a"}]}""",
        "no usable image: 1 x image without file_name")]
    [InlineData("""{"images": [{"id": 1, "file_name": "a", "width": 9, "height": 9}], "annotations": [], "categories": []}""",
        "no usable category")]
    [InlineData("""{"images": [{"id": 1, "file_name": "a", "width": 9, "height": 9}], "annotations": [],"""
        + """ "categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}""",
        "category id 1 is both 'a' and 'b'")]
    [InlineData("{\"images\": [],\n \"annotations\": [{\"id\": 1,]}", "line 2, byte 27: not valid JSON")]
    [InlineData("{\"images\": [], \"annotations\": [{\"id\": 1", "not valid JSON")]
    [InlineData("{\"images\": [], \"annotations\": [], \"categories\": []} x", "not valid JSON")]
    public void Load_OfAFileThatIsUnusableAsAWhole_IsOneClearError(string text, string message)
    {
        var path = _folder.Write("bad.json", text);
        var e = Assert.Throws<DataException>(() => CocoDataset.Load(path));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, e.Message, StringComparison.Ordinal);
        Assert.Equal(path, e.File);
    }

    [Fact]
    public void Load_OfAMissingFile_SaysSo()
    {
        var e = Assert.Throws<DataException>(() => CocoDataset.Load(Path.Combine(_folder.Path, "none.json")));
        Assert.EndsWith("none.json: no such annotation file; check ann_file.", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_WithoutAnyGoodAnnotation_NamesTheCommonestReason()
    {
        var e = Assert.Throws<DataException>(() => Load($"{Annotation(1, 99)}, {Annotation(2, 99)}, {Annotation(3, 20, 99)}"));
        Assert.Contains("none of the 3 annotations can be used: "
            + "2 x annotation of an unknown image, left out: annotation 1: image 99; annotation 2",
            e.Message, StringComparison.Ordinal);
    }

    /// <summary>MMDetection's <c>CocoDataset</c> skips them; pycocotools replaces the flag by <c>iscrowd</c>.</summary>
    [Theory]
    [InlineData("\"area\": 900, \"ignore\": 1", true)]
    [InlineData("\"ignore\": true, \"iscrowd\": 1, \"area\": 900", true)]
    [InlineData("\"area\": 900, \"ignore\": 0", false)]
    [InlineData("\"area\": 900, \"ignore\": null", false)]
    public void Load_KeepsIgnoredAnnotations_ForEvaluationOnly(string rest, bool isIgnored)
    {
        var dataset = Load($"{Annotation(5, rest: rest)}, {Annotation(6, image: 10)}");
        var annotation = dataset.Annotations(0)[0];
        Assert.Equal((isIgnored, !isIgnored), (annotation.IsIgnored, annotation.IsUsable));
        Assert.Equal(2, dataset.AnnotationCount);
        Assert.Equal(isIgnored ? 0 : 1, dataset.Targets(0).Boxes.Length);
        Assert.Empty(dataset.Targets(0).Ignored);
        Assert.Equal(isIgnored ? [1] : [0, 1], dataset.SelectTrainingImages(filterEmpty: true, minSide: 32));
        if (isIgnored) Assert.Equal("annotation 5 (image 20)", Single(dataset, FindingKind.IgnoredAnnotation).Examples[0]);
        else Assert.Empty(dataset.Findings);
    }

    [Fact]
    public void SelectTrainingImages_LeavesOutImagesBelowMinSize()
    {
        var images = """{"id": 20, "file_name": "b.jpg", "width": 100, "height": 31},"""
            + """ {"id": 10, "file_name": "a.jpg", "height": 32, "width": 32}""";
        Assert.Equal([1], Load(Annotation(), images).SelectTrainingImages(filterEmpty: false, minSide: 32));
        Assert.Equal([0, 1], Load(Annotation(), images).SelectTrainingImages(filterEmpty: false, minSide: 31));
        Assert.Throws<DataException>(() => Load(Annotation(), images).SelectTrainingImages(filterEmpty: true, minSide: 32));
    }

    [Fact]
    public void Load_ReadsEveryDoubleExactly()
    {
        double[] values = [0.1 + 0.2, 1e-7, 123456.789012345, 2.2250738585072014e-308];
        var box = string.Join(", ", values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));
        var annotation = Load(Annotation(box: $"[{box}]")).Annotations(0)[0];
        Assert.Equal(values, new[] { annotation.X, annotation.Y, annotation.Width, annotation.Height });
    }
}
