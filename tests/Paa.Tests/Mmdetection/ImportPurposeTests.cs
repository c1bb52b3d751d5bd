using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Options;

namespace Paa.Tests.Mmdetection;

/// <summary>What is read for a run, for an evaluation, for inference; and what a value that cannot be known means for
/// each.</summary>
public sealed class ImportPurposeTests : IDisposable
{
    /// <summary>Everything that inference does not need is odd.</summary>
    const string OddTraining = """
        import mine
        optimizer = mine.optimizer()
        lr_config = dict(_delete_=True, policy='cyclic')
        runner = 3
        fp16 = 'yes'
        custom_hooks = lambda: 1
        total_epochs = mine.epochs
        evaluation = [1]
        log_config = checkpoint_config = 5
        model = dict(backbone=dict(frozen_stages=mine.stages, init_cfg=mine.x), train_cfg=7,
                     bbox_head=dict(loss_cls=dict(type='QualityFocalLoss'), loss_bbox=dict(type='CIoULoss'), topk=mine.k))
        """;

    readonly ImportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Inference_SurvivesWhateverItDoesNotNeed()
    {
        const string Odd = OddTraining + "\ndata['train'] = mine.data\ndata['val'] = 3\n";
        const string Base = "data = {{_base_.data}}\n";
        var config = _folder.Old(Base + Odd + "model['test_cfg'] = dict(score_thr=0.2)", ImportPurpose.Inference).Config;
        Assert.Equal(0.2f, config.Model.PostProcessing.ScoreThreshold);
        Assert.Throws<ConfigException>(() => _folder.Old(Base + Odd));
        Assert.Throws<ConfigException>(() => _folder.Old(Base + Odd, ImportPurpose.Evaluation));        // val is no data set
    }

    [Fact]
    public void Evaluation_ReadsTheDataSetsThatItNeeds()
    {
        var imported = _folder.Old(OddTraining
            + "\ndata = dict(train=mine.data, test=dict(ann_file='a.json', classes=mine.names, "
            + "img_prefix='b'), val=dict(ann_file=mine.val))", ImportPurpose.Evaluation, $"data.classes={EightyNames}");
        Assert.Equal(["a.json"], imported.Config.Data.Test.AnnotationFiles);
        Assert.Equal(["b"], imported.Config.Data.Test.ImageFolders);
        Assert.Empty(imported.Config.Data.Train.AnnotationFiles);
        Assert.Contains(imported.Notes, note =>
            note.Path == "data.val.ann_file" && note.Reason == "cannot be known without running "
            + "Python ('mine.val' is not read); set it with --set data.val.ann_file=VALUE");
    }

    [Theory]
    [InlineData("data = dict(train=dict(ann_file=f()))", "data.train.ann_file")]
    [InlineData("data = dict(train=f())", "data.train.ann_file")]
    [InlineData("data = f()", "data.train.ann_file")]
    [InlineData("data = dict(train=dict(classes=f()))", "data.classes")]
    [InlineData("data = dict(train=dict(pipeline=f()))", "data.train.img_scale")]
    [InlineData("model = dict(bbox_head=dict(num_classes=f()))", "model.bbox_head.num_classes")]
    [InlineData("model = dict(bbox_head=dict(anchor_generator=dict(strides=[8, f()])))",
        "model.bbox_head.anchor_generator.strides")]
    [InlineData("optimizer = f()", "optimizer.type")]
    [InlineData("optimizer = dict(lr=f())", "optimizer.lr")]
    [InlineData("lr_config = f()", "lr_config.step")]
    [InlineData("runner = dict(max_epochs=f())", "runner.max_epochs")]
    public void AnUnknown_ThatIsNeeded_IsNamedWithTheWayToSetIt(string change, string key)
    {
        var message = Assert.Throws<ConfigException>(() => _folder.Old(change)).Message;
        Assert.Contains($"run.py:2: {key}: cannot be known without running Python (the call f(...) is not run); write the value, "
            + $"or --set {key}=VALUE", message);
    }

    [Fact]
    public void AnUnknown_IsMendedByOverrides()
    {
        const string Change = "data = dict(train=dict(ann_file=f(), classes=g()))\nseed = h()\nload_from = h()";
        var message = Assert.Throws<ConfigException>(() => _folder.Old(Change)).Message;
        Assert.EndsWith("; so are data.classes", message);                              // all at once
        var imported = _folder.Old(Change, ImportPurpose.Run, "data.train.ann_file=b.json", $"data.classes={EightyNames}",
            "seed=3");
        Assert.Equal(["b.json"], imported.Config.Data.Train.AnnotationFiles);
        Assert.Equal(3, imported.Config.Seed);
        Assert.Equal(
            ["ChangesTraining load_from: cannot be known without running Python (the call h(...) is not run); nothing is loaded"],
            ImportFolder.Shown(imported));
    }

    /// <summary>What a whole part cannot be, without a key of ours for it.</summary>
    [Theory]
    [InlineData("model = f()", "run.py:2: model: cannot be known without running Python (the call f(...) is not run)")]
    [InlineData("model = dict(backbone=f())", "run.py:2: model.backbone: cannot be known")]
    [InlineData("model = dict(backbone=dict(type=f()))", "run.py:2: model.backbone.type: cannot be known")]
    [InlineData("model = dict(neck=dict(start_level=f()))", "run.py:2: model.neck.start_level: cannot be known")]
    public void AnUnknownPartOfTheModel_IsAnError(string change, string message)
    {
        foreach (var purpose in Enum.GetValues<ImportPurpose>())
            Assert.Contains(message, Assert.Throws<ConfigException>(() => _folder.Old(change, purpose)).Message);
    }

    [Fact]
    public void ClassNames_AreFoundWhereverTheyStand()
    {
        foreach (var change in (string[])
        [
            "data = dict(test=dict(classes=('a', 'b')))", "data = dict(train=dict(classes=['a', 'b']))", "classes = ('a', 'b')",
            "data = dict(test=dict(metainfo=dict(CLASSES=('a', 'b'))))",
                "metainfo = {'classes': ('a', 'b'), 'palette': [(1, 2, 3)]}",
        ])
        {
            var imported = _folder.Old($"{change}\nmodel = dict(bbox_head=dict(num_classes=2))", ImportPurpose.Inference);
            Assert.Equal(["a", "b"], imported.Config.Data.Classes!);
        }
        Assert.Equal(["a"], _folder.New("test_dataloader = dict(dataset=dict(metainfo=dict(classes=('a',))))\n"
            + "model = dict(bbox_head=dict(num_classes=1))", ImportPurpose.Inference).Config.Data.Classes!);
        Assert.Null(_folder.Old("classes = ('a', 'b')", ImportPurpose.Inference).Config.Data.Classes);     // of 80
    }

    /// <summary>LAD's student detects as PAA does; its training needs a teacher.</summary>
    [Fact]
    public void Lad_IsReadForItsStudent()
    {
        const string Lad = "model = dict(type='LAD', bbox_head=dict(type='LADHead'), teacher_bbox_head=dict(type='LADHead'), "
            + "teacher_ckpt='x.pth', test_cfg=dict(score_voting=True))";
        Assert.Empty(_folder.Old(Lad, ImportPurpose.Inference).Notes);
        Assert.Contains("model.type: expected PAA, the only value there is here, got LAD",
            Assert.Throws<ConfigException>(() => _folder.Old(Lad)).Message);
    }

    /// <summary>In a pipeline of 2.x what is not named is not done; in 3.x the model does it.</summary>
    [Fact]
    public void TestPipelines_ThatDoNotNormalise_DoNot()
    {
        const string Steps = "[dict(type='LoadImageFromFile'), dict(type='Resize', {0}=(640, 480), keep_ratio=True)]";
        var old = _folder.Old($"data = dict(test=dict(pipeline={string.Format(null, Steps, "img_scale")}))",
            ImportPurpose.Inference);
        AssertPlain(old.Config.Data);
        var of3x = _folder.New($"test_dataloader = dict(dataset=dict(pipeline={string.Format(null, Steps, "scale")}))",
            ImportPurpose.Inference);
        Assert.Equal((123.675, 32), (of3x.Config.Data.Normalization.Mean[0], of3x.Config.Data.SizeDivisor));
        Assert.Equal([[640, 480]], of3x.Config.Data.Test.Scales);
        var plain = _folder.New("model = dict(data_preprocessor=dict(_delete_=True, type='DetDataPreprocessor'))",
            ImportPurpose.Inference);
        AssertPlain(plain.Config.Data);
    }

    static void AssertPlain(DataOptions data)
    {
        Assert.Equal([0, 0, 0], data.Normalization.Mean);
        Assert.Equal([1, 1, 1], data.Normalization.Std);
        Assert.Equal((false, 1), (data.Normalization.ToRgb, data.SizeDivisor));
    }

    static string EightyNames => $"[{string.Join(", ", Enumerable.Range(0, 80).Select(i => $"c{i}"))}]";
}
