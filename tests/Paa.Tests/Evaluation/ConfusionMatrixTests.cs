using Paa.Data;
using Paa.Evaluation;

namespace Paa.Tests.Evaluation;

public sealed class ConfusionMatrixTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Image 1: a cat and a dog; image 2: a cat, and a crowd of dogs; image 3: nothing.</summary>
    CocoDataset Dataset() => CocoDataset.Load(_folder.Write("gt.json", """
        {"images": [{"id": 1, "file_name": "1.png", "width": 100, "height": 100},
                    {"id": 2, "file_name": "2.png", "width": 100, "height": 100},
                    {"id": 3, "file_name": "3.png", "width": 100, "height": 100}],
         "categories": [{"id": 7, "name": "cat"}, {"id": 9, "name": "dog, big"}],
         "annotations": [
            {"id": 1, "image_id": 1, "category_id": 7, "bbox": [0, 0, 20, 20], "area": 400},
            {"id": 2, "image_id": 1, "category_id": 9, "bbox": [50, 50, 20, 20], "area": 400},
            {"id": 3, "image_id": 2, "category_id": 7, "bbox": [10, 10, 30, 30], "area": 900},
            {"id": 4, "image_id": 2, "category_id": 9, "bbox": [60, 60, 30, 30], "area": 900, "iscrowd": 1}]}
        """));

    static readonly CocoResult[] Results =
    [
        new(1, 7, 0, 0, 20, 20, 0.9),       // the cat
        new(1, 7, 50, 50, 20, 20, 0.8),     // the dog, taken for a cat
        new(1, 7, 0, 0, 20, 20, 0.29),      // too low a score
        new(2, 7, 10, 10, 30, 15, 0.5),     // IoU 0.5 exactly: the cat
        new(2, 7, 10, 10, 30, 30, 0.5),     // and once more
        new(2, 9, 60, 60, 30, 30, 0.3),     // the crowd is no object
        new(3, 9, 0, 0, 10, 10, 0.7),       // nothing is there
        new(3, 8, 0, 0, 10, 10, 0.7),       // an unlisted category
    ];

    [Fact]
    public void Of_CountsAsMMDetectionDoes()
    {
        var matrix = ConfusionMatrix.Of(Dataset(), Results);
        Assert.Equal(["cat", "dog, big", "background"], matrix.Names);
        Assert.Equal(
            [
                3, 0, 0,            // the cats: one found once, one found twice
                1, 0, 1,            // the dog: taken for a cat, and not found as a dog
                0, 2, 0,            // dogs where there are none
            ], Enumerable.Range(0, 9).Select(i => matrix[i / 3, i % 3]));
        Assert.Equal(2, matrix.Total(1));
        Assert.Equal(0.5, matrix.Share(1, 2));
    }

    [Fact]
    public void Of_WithOtherThresholds_CountsOtherwise()
    {
        var strict = ConfusionMatrix.Of(Dataset(), Results, new ConfusionOptions { ScoreThreshold = 0.85, IouThreshold = 0.9 });
        Assert.Equal([1, 0, 1, 0, 0, 1, 0, 0, 0], Enumerable.Range(0, 9).Select(i => strict[i / 3, i % 3]));
        Assert.True(double.IsNaN(strict.Share(2, 0)));
    }

    [Fact]
    public void Of_AnUnknownImage_IsRefused()
    {
        CocoResult[] results = [new(4, 7, 0, 0, 1, 1, 0.5)];
        var e = Assert.Throws<DataException>(() => ConfusionMatrix.Of(Dataset(), results, source: "r.json"));
        Assert.StartsWith("r.json: a result is for image 4", e.Message);
    }

    [Fact]
    public void Reports_HoldTheCounts()
    {
        var matrix = ConfusionMatrix.Of(Dataset(), Results);
        Assert.Equal("truth,cat,\"dog, big\",background\ncat,3,0,0\n\"dog, big\",1,0,1\nbackground,0,2,0\n",
            ConfusionReport.ToCsv(matrix));
        Assert.Equal("""
             truth \ found        cat   dog, big background
             cat                    3          0          0
             dog, big               1          0          1
             background             0          2          0

            """, ConfusionReport.ToText(matrix));
        var svg = System.Xml.Linq.XDocument.Parse(ConfusionReport.ToSvg(matrix));
        Assert.Equal(10, svg.Descendants().Count(element => element.Name.LocalName == "rect"));
        var texts = svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value);
        Assert.Equal(["100%", "50%", "50%", "100%"], texts.Where(text => text.EndsWith('%')));
    }
}
