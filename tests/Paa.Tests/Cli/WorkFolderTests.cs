using System.Text.Json;
using System.Text.Json.Nodes;
using Paa.Checkpoints;
using Paa.Cli.Shared;
using Paa.Configuration;

namespace Paa.Tests.Cli;

/// <summary>What people bring from MMDetection, with no step in between: work directories, configurations, checkpoints.</summary>
[Collection("Native")]
public sealed class WorkFolderTests : IClassFixture<TrainedDetector>, IDisposable
{
    readonly TrainedDetector _detector;
    readonly TemporaryFolder _folder = new();
    readonly string _work;

    public WorkFolderTests(TrainedDetector detector)
    {
        _detector = detector;
        _work = _folder["mine"];
        MmdetectionWorkFolder.Write(_work, detector);
    }

    public void Dispose() => _folder.Dispose();

    string Config => Path.Combine(_work, "mine.py");

    string Newest => Path.Combine(_work, "epoch_12.pth");

    [Fact]
    public void Test_TakesTheirFiles_AsTheyAre()
    {
        var expected = Terminal.Run("test", _detector.Checkpoint);
        Assert.Equal((0, ""), (expected.ExitCode, expected.Error));
        Assert.Equal(expected, Terminal.Run("test", Newest));
        Assert.Equal(expected, Terminal.Run("test", Config, "--checkpoint", Newest));
        Assert.Equal(expected, Terminal.Run("test", Config, "--checkpoint", Newest, "--strict"));
        Assert.Equal(expected, Terminal.Run("test", Config));
        Assert.Equal(expected with { Error = $"{Newest} with {Config}\n" }, Terminal.Run("test", _work));
        Assert.Equal(expected with { Error = $"{_detector.Checkpoint} with {_detector.WorkFolder}/config.yaml\n" },
            Terminal.Run("test", _detector.WorkFolder));
    }

    [Fact]
    public void Predict_TakesTheirFiles_AsTheyAre()
    {
        var image = Path.Combine(_detector.Images, "1.png");
        var expected = Terminal.Run("predict", _detector.Checkpoint, image, "--score", "0");
        Assert.Equal((0, ""), (expected.ExitCode, expected.Error));
        Assert.Equal(expected, Terminal.Run("predict", Newest, image, "--score", "0"));
        var inFolder = expected with { Error = $"{Newest} with {Config}\n" };
        Assert.Equal(inFolder, Terminal.Run("predict", _work, image, "--score", "0"));
        var few = Terminal.Run("predict", Newest, image, "--score", "0", "--set", "model.test_cfg.max_per_img=1");
        Assert.Contains(": 1 object (", few.Output);
    }

    [Fact]
    public void Train_TakesTheirConfiguration_AsItIs()
    {
        var run = Terminal.Run("train", Config, "--work-dir", _folder["run"], "--set", "runner.max_iters=1", "threads=1");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal([[96, 96]], ConfigLoader.Load(_folder["run/config.yaml"]).Data.Train.Scales);
        var named = StateDict.Load(_folder["run/latest.pth"]).Meta.Classes;
        Assert.Equal(["red", "green"], named);
    }

    [Fact]
    public void DataAndInspect_TakeTheirConfiguration_AsItIs()
    {
        Assert.Equal(Terminal.Run("data", "check", _detector.ConfigFile).Output, Terminal.Run("data", "check", Config).Output);
        Assert.Equal(Terminal.Run("data", "stats", _detector.ConfigFile).Output, Terminal.Run("data", "stats", Config).Output);
        Assert.Equal(0, Terminal.Run("data", "browse", Config, "--out", _folder["seen"], "--count", "1").ExitCode);
        Assert.Equal(Terminal.Run("inspect", "model", _detector.ConfigFile), Terminal.Run("inspect", "model", Config));
        Assert.Equal(Terminal.Run("inspect", "model", _detector.ConfigFile, "--keys", "--json"),
            Terminal.Run("inspect", "model", Config, "--keys", "--json"));
        Assert.EndsWith(Terminal.Run("inspect", "model", Newest).Output.Split('\n')[^2] + "\n",
            Terminal.Run("inspect", "model", _detector.ConfigFile).Output);
    }

    [Fact]
    public void WhatIsNotDoneHere_IsOneWarning_OrAnErrorWithStrict()
    {
        var text = File.ReadAllText(Config)
            .Replace("dict(type='ImageToTensor'", "dict(type='Sharpen'), dict(type='ImageToTensor'")
            .Replace("nms=dict(type='nms',", "nms=dict(type='soft_nms',");
        File.WriteAllText(Config, text);
        var run = Terminal.Run("test", Config, "--checkpoint", Newest);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.StartsWith($"warning: {Config} asks for what is not done here and changes the boxes:\n  {Config}:", run.Error);
        Assert.Contains("Sharpen", run.Error);
        foreach (var command in (string[][])[["test", Config, "--checkpoint", Newest], ["train", Config, "--work-dir", _work]])
        {
            var strict = Terminal.Run([.. command, "--strict"]);
            Assert.Equal((2, ""), (strict.ExitCode, strict.Output));
            Assert.StartsWith($"paa {command[0]}: --strict: {Config} asks for what is not done here", strict.Error);
            Assert.Single(strict.Error.TrimEnd().Split('\n'));
        }

        MmdetectionWorkFolder.WriteCheckpoint(_folder["odd.pth"], _detector, ("config", text));
        var odd = Terminal.Run("test", _folder["odd.pth"]);
        Assert.Equal((0, run.Output), (odd.ExitCode, odd.Output));
        Assert.StartsWith("warning: the configuration in ", odd.Error);
        Assert.Contains("Sharpen", odd.Error);
        Assert.Equal(2, Terminal.Run("test", _folder["odd.pth"], "--strict").ExitCode);
    }

    [Fact]
    public void ConfigShow_OfACheckpoint_IsYamlThatTestReads()
    {
        var shown = Terminal.Run("config", "show", Newest);
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        var line = File.ReadLines(Config).ToList().FindIndex(text => text.Contains("max_per_img", StringComparison.Ordinal)) + 1;
        Assert.Matches($@"\n    max_per_img: 100 +# from meta\['config'\]:{line}\n", shown.Output);
        Assert.Matches(@"\n  classes: \[red, green\] +# from the checkpoint's meta\n", shown.Output);
        Assert.Matches(@"\n    dcn: null +# from the shapes of the weights\n", shown.Output);
        Assert.DoesNotContain("guessed", shown.Output);
        var yaml = _folder.Write("shown.yaml", shown.Output);
        Assert.Equal(Terminal.Run("test", Newest), Terminal.Run("test", yaml, "--checkpoint", Newest));
    }

    [Fact]
    public void ConfigShow_OfTheirConfiguration_NamesThePlaces()
    {
        var shown = Terminal.Run("config", "show", Config, "--set", "optimizer.lr=0.5");
        Assert.Equal(0, shown.ExitCode);
        Assert.Matches($@"\n  max_epochs: 1 +# from {Config}:\d+\n", shown.Output);
        Assert.Matches(@"\n  lr: 0.5 +# from --set optimizer.lr=0.5\n", shown.Output);
        Assert.Equal(Terminal.Run("config", "import", Config).Output, Terminal.Run(
            "config", "show", _folder.Write("shown.yaml", Terminal.Run("config", "show", Config).Output)).Output);
    }

    [Fact]
    public void ConfigShow_WithoutAText_SaysWhatIsGuessed_WithAWarningOnlyWhereATextCannotBeRead()
    {
        MmdetectionWorkFolder.WriteCheckpoint(_folder["bare.pth"], _detector);
        var bare = Terminal.Run("config", "show", _folder["bare.pth"]);
        Assert.Equal((0, ""), (bare.ExitCode, bare.Error));
        Assert.Matches(@"\n    mean: \[123.675, 116.28, 103.53\] +# guessed\n", bare.Output);
        Assert.Matches(@"\n  classes: \[class_0, class_1\] +# guessed: the file has no names\n", bare.Output);
        MmdetectionWorkFolder.WriteCheckpoint(_folder["damaged.pth"], _detector, ("config", "model = dict(type='PAA'"));
        foreach (var command in (string[][])[["config", "show"], ["inspect", "model"], ["predict"]])
        {
            string[] images = command is ["predict"] ? [Path.Combine(_detector.Images, "1.png")] : [];
            var run = Terminal.Run([.. command, _folder["damaged.pth"], .. images]);
            Assert.Equal(0, run.ExitCode);
            Assert.Matches(
                @"^warning: the configuration in .*damaged\.pth cannot be read: .*; guessed instead: .*\n$", run.Error);
        }
    }

    [Fact]
    public void SeveralConfigurations_AreListed()
    {
        File.Move(Config, Path.Combine(_work, "a.py"));
        File.Copy(Path.Combine(_work, "a.py"), Path.Combine(_work, "b.py"));
        Terminal.Run("test", _work).AssertFails(2, $"paa test: {_work} has 2 configurations: a.py, b.py; name one, and its "
            + "weights with --checkpoint FILE.");
        File.Delete(Path.Combine(_work, "a.py"));
        Assert.Equal(0, Terminal.Run("test", _work).ExitCode);
        File.Delete(Newest);
        File.Delete(Path.Combine(_work, "epoch_9.pth"));
        Terminal.Run("test", _work).AssertFails(2,
            $"paa test: {_work} has no checkpoint; train first, or give --checkpoint FILE.");
    }

    [Theory]
    [InlineData("best.pth", "best_bbox_mAP_epoch_3.pth", "latest.pth", "epoch_12.pth")]
    [InlineData("best_coco_bbox_mAP_epoch_10.pth", "best_coco_bbox_mAP_epoch_9.pth", "latest.pth", "epoch_12.pth")]
    [InlineData("latest.pth", "epoch_12.pth", "epoch_2.pth")]
    [InlineData("epoch_12.pth", "epoch_9.pth", "iter_90000.pth", "epoch_x.pth")]
    [InlineData("iter_900.pth", "iter_80.pth", "other.pth")]
    public void Weights_AreTheBestOnes_OrElseTheNewest(string expected, params string[] others)
    {
        foreach (var name in others.Append(expected)) _folder.Write($"run/{name}", "");
        Assert.Equal(_folder[$"run/{expected}"], RunFolder.NewestWeights(_folder["run"]));
    }

    [Fact]
    public void Weights_ThatTheFileLastCheckpointNames_AreLookedForInTheFolder()
    {
        foreach (var name in (string[])["epoch_7.pth", "epoch_12.pth"]) _folder.Write($"run/{name}", "");
        _folder.Write("run/last_checkpoint", "C:\\elsewhere\\epoch_7.pth");
        Assert.Equal(_folder["run/epoch_7.pth"], RunFolder.NewestWeights(_folder["run"]));
        _folder.Write("run/last_checkpoint", "/elsewhere/gone.pth");
        Assert.Equal(_folder["run/epoch_12.pth"], RunFolder.NewestWeights(_folder["run"]));
    }

    [Theory]
    [InlineData("--images goes with --ann FILE.", "--images", "photos")]
    [InlineData("--checkpoint: 'NEWEST' is no configuration; give one name for the weights.", "--checkpoint", "x.pth")]
    [InlineData("--results needs no model; leave out --checkpoint.", "--checkpoint", "x.pth", "--results", "r.json")]
    public void OptionWithoutEffect_IsWrongUsage(string line, params string[] options) =>
        Terminal.Run(["test", Newest, .. options]).AssertFails(2, $"paa test: {line.Replace("NEWEST", Newest)}");

    /// <summary>Annotations with what the detector finds, so that AP is high, in the order of the checkpoint and in the
    /// other.</summary>
    [Fact]
    public void ClassesInAnotherOrder_HaveEqualMetrics()
    {
        var (inOrder, swapped) = WriteFindings();
        string[] images = ["--images", _detector.Images];
        string[] named = [_detector.ConfigFile, "--checkpoint", Newest];
        foreach (var model in (string[][])[[_detector.Checkpoint], [Newest], named, [.. named, "--set", "data.classes=null"]])
        {
            var expected = Terminal.Run(["test", .. model, "--ann", inOrder, .. images, "--json"]);
            Assert.Equal((0, ""), (expected.ExitCode, expected.Error));
            Assert.InRange(Ap(expected), 0.3, 1);
            var other = Terminal.Run(["test", .. model, "--ann", swapped, .. images, "--json"]);
            Assert.Equal(Ap(expected), Ap(other));
        }
    }

    [Fact]
    public void ClassesWithoutNames_AreMatchedInOrder_OrAsTheCommandLineSays()
    {
        var (inOrder, swapped) = WriteFindings();
        string[] images = ["--images", _detector.Images, "--json"];
        MmdetectionWorkFolder.WriteCheckpoint(_folder["bare.pth"], _detector,
            ("config", MmdetectionWorkFolder.Text("", "").Replace("classes=('red', 'green'),", "")));
        var expected = Ap(Terminal.Run(["test", Newest, "--ann", inOrder, .. images]));
        var guessed = Terminal.Run(["test", _folder["bare.pth"], "--ann", swapped, .. images]);
        Assert.Contains("they are matched in this order", guessed.Error);
        Assert.NotEqual(expected, Ap(guessed));
        Assert.Equal(expected, Ap(Terminal.Run(
            ["test", _folder["bare.pth"], "--ann", swapped, .. images, "--set", "data.classes=[red, green]"])));
    }

    [Fact]
    public void ClassesInAnotherOrderThanMmdetectionWouldTakeThem_AreSaid()
    {
        var (inOrder, swapped) = WriteFindings();
        var run = Terminal.Run("test", Newest, "--ann", swapped, "--images", _detector.Images);
        Assert.EndsWith("add --set data.classes=[green, red].\n", run.Error);
        Assert.Equal("", Terminal.Run("test", _detector.Checkpoint, "--ann", swapped, "--images", _detector.Images).Error);

        // Trained with classes in another order than the file: MMDetection's labels are those of the file.
        MmdetectionWorkFolder.WriteCheckpoint(_folder["odd.pth"], _detector, ("CLASSES", new PickleTuple("green", "red")),
            ("config", MmdetectionWorkFolder.Text("", "").Replace("('red', 'green')", "('green', 'red')")));
        string[] arguments = ["test", _folder["odd.pth"], "--ann", inOrder, "--images", _detector.Images, "--json"];
        var expected = Ap(Terminal.Run("test", Newest, "--ann", inOrder, "--images", _detector.Images, "--json"));
        Assert.NotEqual(expected, Ap(Terminal.Run(arguments)));
        Assert.Equal(expected, Ap(Terminal.Run([.. arguments, "--set", "data.classes=[red, green]"])));
    }

    static double Ap(Terminal run) => JsonDocument.Parse(run.Output).RootElement.GetProperty("AP").GetDouble();

    (string InOrder, string Swapped) WriteFindings()
    {
        Assert.Equal(0, Terminal.Run("test", _detector.Checkpoint, "--out", _folder["found.json"], "--set",
            "model.test_cfg.max_per_img=6").ExitCode);
        var annotations = new JsonArray();
        foreach (var (id, found) in JsonNode.Parse(File.ReadAllText(_folder["found.json"]))!.AsArray().Index())
        {
            var box = found!["bbox"]!.AsArray().Select(value => value!.GetValue<double>()).ToArray();
            annotations.Add(new JsonObject
            {
                ["id"] = id + 1,
                ["image_id"] = found["image_id"]!.DeepClone(),
                ["category_id"] = found["category_id"]!.DeepClone(),
                ["bbox"] = found["bbox"]!.DeepClone(),
                ["area"] = box[2] * box[3],
                ["iscrowd"] = 0,
            });
        }
        var whole = JsonNode.Parse(File.ReadAllText(_detector.Annotations))!.AsObject();
        whole["annotations"] = annotations;
        var inOrder = _folder.Write("in_order.json", whole.ToJsonString());
        whole["categories"] = new JsonArray([.. whole["categories"]!.AsArray().Reverse().Select(entry => entry!.DeepClone())]);
        return (inOrder, _folder.Write("swapped.json", whole.ToJsonString()));
    }
}
