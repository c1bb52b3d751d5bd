using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Options;
using Paa.Tests.Models;

namespace Paa.Tests.Detectors;

/// <summary>With what a detector runs, for checkpoints that say more or less about it.</summary>
[Collection("Native")]
public sealed class DetectorConfigTests : IDisposable
{
    const string Text = """
        model = dict(
            type='PAA',
            backbone=dict(type='ResNet', depth=18, base_channels=8, norm_cfg=dict(type='BN')),
            neck=dict(type='FPN', out_channels=32, start_level=1, add_extra_convs='on_output', num_outs=5),
            bbox_head=dict(type='PAAHead', num_classes=3, stacked_convs=1, feat_channels=32, score_voting=False,
                           loss_centerness=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.5)),
            test_cfg=dict(nms_pre=500, score_thr=0.02, nms=dict(type='nms', iou_threshold=0.5), max_per_img=50))
        """;

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Values_OfATextInTheCheckpoint_SayWhereTheyStand()
    {
        var detector = Load(("config", Text));
        Assert.Empty(detector.Notices);
        Assert.Equal((500, 0.02f, false), (detector.Config.Model.PostProcessing.PreNmsTopK,
            detector.Config.Model.PostProcessing.ScoreThreshold, detector.Config.Model.Head.ScoreVoting));
        Assert.Equal("from meta['config']:7", detector.Settings.SourceOf("model.test_cfg.nms_pre"));
        Assert.Equal("from meta['config']:3", detector.Settings.SourceOf("model.backbone.depth"));
        Assert.Equal("from the shapes of the weights", detector.Settings.SourceOf("model.bbox_head.dcn_on_last_conv"));
        Assert.Null(detector.Settings.SourceOf("data.img_norm.mean"));       // MMDetection's default is what the text means
    }

    [Fact]
    public void WithoutAText_ValuesWithoutTraceAreGuessed_AndNothingIsSaid()
    {
        var detector = Load();
        Assert.Empty(detector.Notices);
        Assert.Equal("guessed", detector.Settings.SourceOf("data.img_norm.mean"));
        Assert.Equal("from the shapes of the weights", detector.Settings.SourceOf("model.bbox_head.num_classes"));
        Assert.Null(detector.Settings.SourceOf("optimizer.lr"));
    }

    [Theory]
    [InlineData("num_classes=3", "num_classes=80", "model.bbox_head.num_classes is 3, not '80'")]
    [InlineData("depth=18", "depth=50", "model.backbone.depth is 18, not '50'")]
    [InlineData("num_outs=5", "num_outs=4", "model.neck.num_outs is 5, not '4'")]
    [InlineData("depth=18", "depth='deep'", "model.backbone.depth is 18, not 'deep'")]
    public void Shapes_WinOverATextThatContradictsThem(string said, string wrong, string contradiction)
    {
        var detector = Load(("config", Text.Replace(said, wrong)));
        var notice = Assert.Single(detector.Notices);
        Assert.EndsWith($" contradicts its weights, which count: {contradiction}.", notice);
        Assert.Equal(500, detector.Config.Model.PostProcessing.PreNmsTopK);
    }

    [Theory]
    [InlineData("score_thr=0.02", "score_thr=1e9", "meta['cfg']:7: model.test_cfg.score_thr: expected 0 to 1, got 1000000000")]
    [InlineData("nms_pre=500", "nms_pre='all'", "meta['cfg']:7: model.test_cfg.nms_pre: expected a whole number, got 'all'")]
    public void ValueThatIsWrong_IsLeftOutAlone(string said, string wrong, string problem)
    {
        var detector = Load(("cfg", Text.Replace(said, wrong)));
        var notice = Assert.Single(detector.Notices);
        Assert.EndsWith($" has values that cannot be used: {problem}; defaults take their place.", notice);
        Assert.Equal(50, detector.Config.Model.PostProcessing.MaxDetections);
        var defaults = new PostProcessingOptions();
        Assert.True(detector.Config.Model.PostProcessing.ScoreThreshold == defaults.ScoreThreshold
            || detector.Config.Model.PostProcessing.PreNmsTopK == defaults.PreNmsTopK);
    }

    [Fact]
    public void TextThatCannotBeRead_IsOneNotice_AndTheRestIsAsWithoutIt()
    {
        var detector = Load(("config", "model = dict(type='PAA'"));
        Assert.Matches(@"^the configuration in .*x\.pth cannot be read: meta\['config'\].*; guessed instead: anchor size, mean "
            + "and std, test size, thresholds and score voting\\.$", Assert.Single(detector.Notices));
        Assert.Equivalent(Load().Config, detector.Config, strict: true);
        Assert.Equal("guessed", detector.Settings.SourceOf("model.test_cfg.nms_pre"));
        var tooLong = Load(("config", Text + new string('\n', 1 << 20)));
        Assert.Contains(" letters, 1048576 are read; guessed instead", Assert.Single(tooLong.Notices));
        Assert.Empty(Load(("config", Text + new string('\n', 100_000))).Notices);
    }

    [Fact]
    public void OwnConfiguration_GoesBeforeTheirs_AndTheCommandLineBeforeBoth()
    {
        var own = new PaaConfig { Model = SmallDetector.Options with { PostProcessing = new() { PreNmsTopK = 7 } } };
        var paa = new PickleDict { { "config", ConfigWriter.ToYaml(own) } };
        Assert.Equal(7, Load(("config", Text), ("paa", paa)).Config.Model.PostProcessing.PreNmsTopK);
        var set = Load(["model.test_cfg.nms_pre=9"], ("config", Text), ("paa", paa));
        Assert.Equal(9, set.Config.Model.PostProcessing.PreNmsTopK);
        Assert.Equal("from --set model.test_cfg.nms_pre=9", set.Settings.SourceOf("model.test_cfg.nms_pre"));
        paa["config"] = "model: [";
        var damaged = Load(("config", Text), ("paa", paa));
        Assert.Equal(500, damaged.Config.Model.PostProcessing.PreNmsTopK);
        Assert.EndsWith("; another one in it is used.", Assert.Single(damaged.Notices));
    }

    [Fact]
    public void WrongAssignmentOfTheCommandLine_IsAnError()
    {
        Assert.Equal("--set model.test_cfg.nms_pre=all: model.test_cfg.nms_pre: expected a whole number, got 'all'",
            Assert.Throws<ConfigException>(() => Load(["model.test_cfg.nms_pre=all"], ("config", Text))).Message);
        Assert.Equal("--set data.classes=[a]: data.classes: expected 3 names (model.bbox_head.num_classes), got 1",
            Assert.Throws<ConfigException>(() => Load(["data.classes=[a]"])).Message);
    }

    [Fact]
    public void Classes_ComeFromTheCommandLine_TheMeta_TheText_OrAreCounted()
    {
        const string Named = Text + "\ndata = dict(test=dict(type='CocoDataset', ann_file='', classes=('x', 'y', 'z')))";
        var names = new PickleTuple("a", "b", "c");
        AssertClasses(["class_0", "class_1", "class_2"], Load(("config", Text)));
        AssertClasses(["x", "y", "z"], Load(("config", Named)));
        AssertClasses(["a", "b", "c"], Load(("config", Named), ("CLASSES", names)));
        AssertClasses(["a", "b", "c"], Load(("dataset_meta", new PickleDict { { "classes", names } })));
        AssertClasses(["a", "b", "c"], Load(("dataset_meta", new PickleDict { { "CLASSES", names } })));
        AssertClasses(["c", "b", "a"], Load(["data.classes=[c, b, a]"], ("config", Named), ("CLASSES", names)));
        var wrong = Load(("CLASSES", new PickleTuple("a")));
        AssertClasses(["class_0", "class_1", "class_2"], wrong);
        Assert.EndsWith("names 1 classes, but its weights have 3: its names are not used.", Assert.Single(wrong.Notices));

        static void AssertClasses(string[] expected, LoadedDetector detector) => Assert.Equal(expected, detector.Classes);
    }

    [Fact]
    public void Text_MayStandBesideTheMeta()
    {
        var file = Save();
        var graph = (PickleDict)TorchFile.Read(file)!;
        graph["cfg"] = Text;
        graph["classes"] = new PickleTuple("a", "b", "c");
        TorchFile.Write(file, graph);
        var detector = DetectorFile.Load(file);
        Assert.Equal(500, detector.Config.Model.PostProcessing.PreNmsTopK);
        Assert.Equal(["a", "b", "c"], detector.Classes);
    }

    [Fact]
    public void CheckpointOfLad_GivesTheStudent_AndSaysSo()
    {
        var file = Save();
        var graph = (PickleDict)TorchFile.Read(file)!;
        var tensors = (PickleDict)graph["state_dict"]!;
        foreach (var (name, tensor) in tensors.ToArray()) tensors[$"teacher_{name}"] = tensor;
        TorchFile.Write(file, graph);
        var detector = DetectorFile.Load(file);
        Assert.Equal(tensors.Count / 2, detector.Weights.Count);
        Assert.EndsWith($"is a checkpoint of LAD: the student is used, {tensors.Count / 2} tensors of its teacher are left out.",
            Assert.Single(detector.Notices));
    }

    [Fact]
    public void QuantizedCheckpoint_KeepsTheText_OrWhatWasNamedInstead()
    {
        var parameters = new QuantizationParameters(new Dictionary<string, LayerQuantization>(),
            new ImageQuantization([1, 1, 1], [0, 0, 0]), new Dictionary<string, MapQuantization>(),
            new CalibrationSummary(1, RangeMethod.Entropy, [], 0, 0));
        var source = Save(("config", Text));
        QuantizedCheckpoint.Write(source, _folder["a.pth"], parameters);
        Assert.Equal(500, DetectorFile.Load(_folder["a.pth"]).Config.Model.PostProcessing.PreNmsTopK);
        var changed = DetectorFile.Load(source, null, ["model.test_cfg.nms_pre=9", "data.classes=[a, b, c]"]);
        QuantizedCheckpoint.Write(source, _folder["b.pth"], parameters, changed.Settings);
        var read = DetectorFile.Load(_folder["b.pth"]);
        Assert.Equal(9, read.Config.Model.PostProcessing.PreNmsTopK);
        Assert.Equal(["a", "b", "c"], read.Classes);
    }

    LoadedDetector Load(params (string Key, object Value)[] meta) => Load([], meta);

    LoadedDetector Load(string[] overrides, params (string Key, object Value)[] meta) =>
        DetectorFile.Load(Save(meta), null, overrides);

    string Save(params (string Key, object Value)[] meta)
    {
        using var detector = SmallDetector.Create();
        var values = new PickleDict();
        foreach (var (key, value) in meta) values.Add(key, value);
        TorchFile.Write(_folder["x.pth"],
            new PickleDict { { "meta", values }, { "state_dict", detector.ToStateDict().ToGraph() } });
        return _folder["x.pth"];
    }
}
