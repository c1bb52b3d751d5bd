using System.Text.Json;

namespace Paa.Tests.Cli.Test;

public sealed class TestCommandTests : IDisposable
{
    const string Annotations = """
        {"images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 100}],
         "categories": [{"id": 3, "name": "cat"}, {"id": 5, "name": "dog"}],
         "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 40], "area": 1600, "iscrowd": 0}]}
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string Results(string json) => _folder.Write("results.json", json);

    string AnnotationFile => _folder.Write("gt.json", Annotations);

    [Fact]
    public void Results_AreEvaluatedWithoutAModel()
    {
        var results = Results("""[{"image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 40], "score": 0.9}]""");
        var run = Terminal.Run("test", "--results", results, "--ann", AnnotationFile);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Equal("""
             Average Precision  (AP) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000
             Average Precision  (AP) @[ IoU=0.50      | area=   all | maxDets=100 ] = 1.000
             Average Precision  (AP) @[ IoU=0.75      | area=   all | maxDets=100 ] = 1.000
             Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
             Average Precision  (AP) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 1.000
             Average Precision  (AP) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=100 ] = 1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area=medium | maxDets=100 ] = 1.000
             Average Recall     (AR) @[ IoU=0.50:0.95 | area= large | maxDets=100 ] = -1.000

             class      AP    AP50   AR100  objects
             cat     1.000   1.000   1.000        1
             dog         -       -       -        0

            """, run.Output);
    }

    [Fact]
    public void Results_OfAConfigurationsSplit_NeedNoAnnotationOption()
    {
        var config = _folder.Write("run.yaml", $"data: {{ val: {{ ann_file: '{AnnotationFile}' }} }}");
        var run = Terminal.Run("test", config, "--split", "val", "--results", Results("[]"), "--json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(0, JsonDocument.Parse(run.Output).RootElement.GetProperty("AP").GetDouble());
    }

    [Fact]
    public void MaxDets_AreTheLimitsOfTheFigures()
    {
        var results = Results("""[{"image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 40], "score": 0.9}]""");
        var run = Terminal.Run("test", "--results", results, "--ann", AnnotationFile, "--max-dets", "100", "300", "1000");
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.Contains("| area=   all | maxDets=300 ] = 1.000\n", run.Output);
        Assert.Contains(" cat     1.000   1.000   1.000        1\n", run.Output);
        Assert.Contains("AR1000", run.Output);

        var config = _folder.Write("run.yaml",
            $"data: {{ val: {{ ann_file: '{AnnotationFile}' }} }}\nevaluation: {{ proposal_nums: [100, 200, 500] }}");
        run = Terminal.Run("test", config, "--split", "val", "--results", results, "--json");
        Assert.Equal(1, JsonDocument.Parse(run.Output).RootElement.GetProperty("AR500").GetDouble());
        run = Terminal.Run("test", config, "--split", "val", "--results", results, "--max-dets", "1", "2");
        Assert.Equal((2, "paa test: --max-dets: expected 3 positive numbers, got 1 2.\n"), (run.ExitCode, run.Error));
    }

    [Fact]
    public void ConfusionMatrix_IsPrintedAndWritten()
    {
        var results = Results("""[{"image_id": 7, "category_id": 5, "bbox": [10, 10, 40, 40], "score": 0.9}]""");
        var folder = _folder["confusion"];
        var run = Terminal.Run("test", "--results", results, "--ann", AnnotationFile, "--confusion-matrix", folder);
        Assert.Equal((0, ""), (run.ExitCode, run.Error));
        Assert.EndsWith($"""

             Confusion matrix (score at least 0.3, IoU at least 0.5): {folder}/confusion_matrix.csv, {folder}/confusion_matrix.svg
             truth \ found        cat        dog background
             cat                    0          1          1
             dog                    0          0          0
             background             0          0          0

            """, run.Output);
        Assert.Equal("truth,cat,dog,background\ncat,0,1,1\ndog,0,0,0\nbackground,0,0,0\n",
            File.ReadAllText(Path.Combine(folder, "confusion_matrix.csv")));
        Assert.StartsWith("<svg ", File.ReadAllText(Path.Combine(folder, "confusion_matrix.svg")));
    }

    [Fact]
    public void Out_OfResults_WritesThemAgain()
    {
        var results = Results("""
            [{"image_id": 7, "category_id": 3, "bbox": [10, 10, 40, 40.5], "score": 0.25, "segmentation": []}]
            """);
        var copy = _folder["copy.json"];
        Assert.Equal(0, Terminal.Run("test", "--results", results, "--ann", AnnotationFile, "--out", copy).ExitCode);
        Assert.Equal("""[{"image_id":7,"category_id":3,"bbox":[10,10,40,40.5],"score":0.25}]""", File.ReadAllText(copy));
    }

    [Fact]
    public void NothingToEvaluate_IsWrongUsage()
    {
        Terminal.Run("test").AssertFails(2, "paa test: give a configuration or a checkpoint, or --results FILE with --ann FILE.");
        Terminal.Run("test", "--results", "r.json").AssertFails(2,
            "paa test: --results needs --ann FILE, or a configuration that names the annotations.");
        Terminal.Run("test", _folder.Write("run.yaml", ""), "--results", "r.json").AssertFails(2,
            "paa test: data.test.ann_file is empty; give --ann FILE and --images DIR.");
    }

    [Theory]
    [InlineData("[{]", "line 1, byte ")]
    [InlineData("{}", "expected an array of results, got an object.")]
    [InlineData("[{\"image_id\": 7, \"category_id\": 3, \"score\": 1}]", "result 0: no bbox.")]
    [InlineData("[{\"image_id\": 8, \"category_id\": 3, \"bbox\": [0, 0, 1, 1], \"score\": 1}]", "")]
    public void BadResults_AreOneLineAndCode1(string json, string message)
    {
        var run = Terminal.Run("test", "--results", Results(json), "--ann", AnnotationFile);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"paa test: {_folder.Path}/results.json: ", run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
        if (message.Length > 0) Assert.Contains($"results.json: {message}", run.Error);
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[1, 2]", "expected")]
    [InlineData("{\"images\": [], \"annotations\": []}", "categor")]
    [InlineData("{\"images\": [], \"annotations\": [], \"categories\": []}", "categor")]
    public void BadAnnotations_AreOneLineAndCode1(string json, string part)
    {
        var file = _folder.Write("bad.json", json);
        var run = Terminal.Run("test", "--results", Results("[]"), "--ann", file);
        Assert.Equal((1, ""), (run.ExitCode, run.Output));
        Assert.StartsWith($"paa test: {file}: ", run.Error);
        Assert.Contains(part, run.Error);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void MissingFiles_AreOneLineAndCode1()
    {
        Terminal.Run("test", "--results", "none.json", "--ann", AnnotationFile)
            .AssertFails(1, "paa test: none.json: no such result file.");
        Terminal.Run("test", "--results", Results("[]"), "--ann", "none.json")
            .AssertFails(1, "paa test: none.json: no such annotation file; check ann_file.");
    }
}
