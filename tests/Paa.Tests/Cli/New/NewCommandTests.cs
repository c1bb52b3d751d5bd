using System.Text.Json.Nodes;
using Paa.Configuration;
using Paa.Tests.Data;

namespace Paa.Tests.Cli.New;

public sealed class NewCommandTests : IDisposable
{
    readonly OwnPhotographs _photographs = new(10);

    public void Dispose() => _photographs.Dispose();

    string File => _photographs["mine.yaml"];

    Terminal New(params string[] arguments) => Terminal.Run(["new", File, "--no-input", .. arguments]);

    [Theory]
    [InlineData("coco")]
    [InlineData("voc")]
    [InlineData("yolo")]
    public void WrittenFile_IsTrainedUnchanged(string format)
    {
        _photographs.Pictures("images");
        var named = _photographs.Coco("images/a.json");
        if (format == "voc") named = _photographs.Voc("xml");
        if (format == "yolo")
        {
            _photographs.YoloLabels("labels");
            named = _photographs.Write("data.yaml", "train: images\nnames: [cat, dog]\n");
        }
        var made = New("--train", named, "--from", "scratch");
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Contains("classes   cat ", made.Output);
        Assert.Contains($"\n  paa train {File}\n", made.Output);

        var trained = Terminal.Run("train", File, "--work-dir", _photographs["run"], "--threads", "1",
            "--set", "runner.max_iters=2", "data.train.img_scale=[96,64]", "evaluation.interval=0");
        Assert.Equal(0, trained.ExitCode);
        Assert.True(System.IO.File.Exists(_photographs["run/latest.pth"]), trained.Error);

        // The detector that was just trained is a start itself.
        var again = Terminal.Run("new", _photographs["more.yaml"], "--train", named, "--from", _photographs["run"]);
        Assert.Equal((0, ""), (again.ExitCode, again.Error));
        var config = ConfigLoader.Load(_photographs["more.yaml"]);
        Assert.EndsWith("latest.pth", config.LoadFrom);
        Assert.Equal(ConfigLoader.Load(File).Model.Head.Anchors.Strides, config.Model.Head.Anchors.Strides);
    }

    [Fact]
    public void ConfigurationThatExists_IsNotReplaced_WithoutTheWord()
    {
        _photographs.Pictures("images");
        var named = _photographs.Coco("a.json");
        Assert.Equal(0, New("--train", named).ExitCode);
        New("--train", named).AssertFails(2, $"paa new: {File} exists already; give --overwrite, or another FILE.");
        Assert.Equal(0, New("--train", named, "--overwrite").ExitCode);
        System.IO.File.Delete(File);
        New("--train", named).AssertFails(
            2, $"paa new: {_photographs["mine.train.json"]} exists already; give --overwrite, or another FILE.");
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void Annotations_AreNeverReplaced()
    {
        _photographs.Pictures("images");
        var named = _photographs.Coco("mine.train.json");
        var run = New("--train", named, "--overwrite");
        run.AssertFails(2, $"paa new: FILE {named}: it would replace {named}, which is read; choose another name.");
    }

    [Fact]
    public void WithoutAnnotations_NobodyIsAsked() => New().AssertFails(
        2, "paa new: --train is missing: name your annotations, a COCO JSON file or the folder of an export.");

    [Fact]
    public void OtherName_IsRefused() => Terminal.Run("new", "mine.json", "--train", "a.json").AssertFails(
        2, "paa new: FILE: expected a name that ends with .yaml, got 'mine.json'.");

    [Theory]
    [InlineData("torchvision://resnet19", "no backbone is named 'torchvision://resnet19'; there are nuget://resnet18, ")]
    [InlineData("paa_r50", "'paa_r50' is no file, run folder or detector of 'paa zoo list'; or give scratch, or a backbone")]
    public void UnknownStart_IsRefused(string name, string line)
    {
        var run = New("--train", _photographs.Coco("a.json"), "--from", name);
        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"paa new: --from: {line}", run.Error);
    }

    [Fact]
    public void FolderWithoutACheckpoint_IsNoStart() => New("--train", _photographs.Coco("a.json"), "--from", _photographs["."])
        .AssertFails(2, $"paa new: --from: the folder '{_photographs["."]}' has no checkpoint; name that of a run.");

    [Fact]
    public void DetectorOfTheZoo_BringsItsNetwork()
    {
        _photographs.Pictures("images");
        Assert.Equal(0, New("--train", _photographs.Coco("a.json"), "--from", "paa_r50_fpn_1x_coco").ExitCode);
        var config = ConfigLoader.Load(File);
        Assert.Equal(("paa_r50_fpn_1x_coco", 50, 256),
            (config.LoadFrom, config.Model.Backbone.Depth, config.Model.Neck.Channels));
    }

    [Fact]
    public void ProblemsOfTheData_AreToldInShort()
    {
        _photographs.Pictures("images", count: 9);
        var run = New("--train", _photographs.Coco("a.json", content =>
            content["annotations"]!.AsArray()[0]!["bbox"] = new JsonArray(1, 1, 0, 5)));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("warning: annotations: 1 x box below one pixel in width or height, left out of training: annotation 1",
            run.Error);
        Assert.Contains("1 images are missing, such as photo 09.png", run.Output);
    }
}
