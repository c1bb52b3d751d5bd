using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Options;
using static Paa.Mmdetection.ImportNoteKind;

namespace Paa.Tests.Mmdetection;

public sealed class MmdetectionImportTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, int, string, int, bool> PublishedRuns => new()
    {
        { "paa_r50_fpn_1x_coco", 50, "[8, 11]", 12, false },
        { "paa_r50_fpn_1.5x_coco", 50, "[12, 16]", 18, false },
        { "paa_r50_fpn_2x_coco", 50, "[16, 22]", 24, false },
        { "paa_r50_fpn_mstrain_3x_coco", 50, "[28, 34]", 36, true },
        { "paa_r101_fpn_1x_coco", 101, "[8, 11]", 12, false },
        { "paa_r101_fpn_2x_coco", 101, "[16, 22]", 24, false },
        { "paa_r101_fpn_mstrain_3x_coco", 101, "[28, 34]", 36, true },
    };

    /// <summary>The shipped files say what MMDetection's say, in every value.</summary>
    [Theory]
    [MemberData(nameof(PublishedRuns))]
    public void Import_OfAPublishedRun_IsTheShippedConfiguration(
        string name, int depth, string steps, int epochs, bool isMultiscale)
    {
        var shipped = ConfigLoader.Load(Path.Combine(Repository.Root, "configs/paa", $"{name}.yaml"));
        _folder.Write("base.py", PaaConfigTexts.Old);
        Assert.Equivalent(shipped, Import(PaaConfigTexts.OldChange(depth, steps, epochs, isMultiscale)).Config, strict: true);
        _folder.Write("base.py", PaaConfigTexts.New);
        var of3x = shipped with
        {
            LearningRate = shipped.LearningRate with { WarmupIterations = 499 },                    // LinearLR(end=500)
            Data = shipped.Data with { Train = shipped.Data.Train with { Sampler = SamplerKind.Default } },
        };
        Assert.Equivalent(of3x, Import(PaaConfigTexts.NewChange(depth, steps, epochs, isMultiscale)).Config, strict: true);
    }

    [Fact]
    public void Notes_ListWhatWasNotRead()
    {
        var imported = ImportChange("log_level = 'INFO'\nmodel = dict(neck=dict(speed=1))\nunused = 1\nhelp = [1]\nx = help");
        Assert.Equal(["dist_params", "log_level", "unused", "x", "model.neck.speed", "log_config.hooks"],
            imported.Notes.Select(key => key.Path));
        Assert.Equal(["model.neck.speed"], imported.Notes.Where(note => note.Kind != Meaningless).Select(note => note.Path));
        Assert.Equal($"{_folder["run.py"]}:2: log_level", imported.Notes[1].ToString());
        Assert.Equal($"{_folder["run.py"]}:3: model.neck.speed: is not known here", imported.Notes[4].ToString());
    }

    [Fact]
    public void Backbones_OfTheAuthorsTable_AreImported()
    {
        var backbone = ImportChange("""
            model = dict(backbone=dict(
                type='ResNeXt', depth=101, groups=64, base_width=4, stage_with_dcn=(False, True, True, True),
                dcn=dict(type='DCNv2', deform_groups=1, fallback_on_stride=False),
                init_cfg=dict(checkpoint='open-mmlab://resnext101_64x4d')))
            """).Config.Model.Backbone;
        Assert.Equal((BackboneKind.ResNeXt, 101, 64, 4), (backbone.Kind, backbone.Depth, backbone.Groups, backbone.BaseWidth));
        Assert.Equal([false, true, true, true], backbone.DeformableStages);
        Assert.Equal(1, backbone.Deformable!.OffsetGroups);
        Assert.Equal("open-mmlab://resnext101_64x4d", backbone.Pretrained);
    }

    /// <summary>Where a key is left out, MMDetection's default counts and not ours.</summary>
    [Fact]
    public void KeysThatAreLeftOut_GetMmdetectionsDefaults()
    {
        var config = ImportChange("""
            model = dict(
                backbone=dict(_delete_=True, type='ResNet', depth=18),
                bbox_head=dict(loss_bbox=dict(_delete_=True, type='GIoULoss')))
            optimizer = dict(_delete_=True, type='SGD', lr=0.1)
            lr_config = dict(_delete_=True, policy='step', step=[1])
            data = dict(train=dict(pipeline=[dict(type='Resize', img_scale=(640, 480))]))
            """).Config;
        Assert.Equal((-1, true, null),
            (config.Model.Backbone.FrozenStages, config.Model.Backbone.NormEval, config.Model.Backbone.Pretrained));
        Assert.Equal(1, config.Model.Head.BoxLoss.Weight);
        Assert.Equal((0, 0), (config.Optimizer.Momentum, config.Optimizer.WeightDecay));
        Assert.Equal(0, config.LearningRate.WarmupIterations);
        Assert.Equal([[640, 480]], config.Data.Train.Scales);
        Assert.Equal([0], config.Data.Train.FlipProbability);
    }

    [Fact]
    public void Data_OfOtherKinds_IsImported()
    {
        var config = ImportChange("""
            part = dict(type='CocoDataset', data_root='d', ann_file='a.json', img_prefix='a', classes=('cat', 'dog'), pipeline=[
                dict(type='Resize', img_scale=[(640, 480), (320, 240), (160, 120)], multiscale_mode='value', keep_ratio=True),
                dict(type='RandomFlip', flip_ratio=0.25)])
            data = dict(train=dict(_delete_=True, type='ConcatDataset', datasets=[
                part, dict(type='CocoDataset', ann_file=['/b.json', 'c.json'], img_prefix=['/b', 'c'], filter_empty_gt=False)]))
            model = dict(bbox_head=dict(num_classes=2))
            optimizer = dict(_delete_=True, type='AdamW', lr=1e-4, betas=(0.9, 0.99))
            optimizer_config = dict(
                type='GradientCumulativeOptimizerHook', cumulative_iters=4, grad_clip=dict(max_norm=35, norm_type=2))
            lr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr_ratio=0.01, warmup='linear', warmup_iters=10)
            evaluation = dict(interval=2, save_best='auto')
            seed = 5
            """).Config;
        var train = config.Data.Train;
        Assert.Equal(["d/a.json", "/b.json", "c.json"], train.AnnotationFiles);
        Assert.Equal(["d/a", "/b", "c"], train.ImageFolders);
        Assert.Equal([[640, 480], [320, 240], [160, 120]], train.Scales);
        Assert.Equal((ScaleMode.Value, false), (train.ScaleMode, train.SkipEmptyImages));
        Assert.Equal(["cat", "dog"], config.Data.Classes!);
        Assert.Equal((OptimizerKind.AdamW, 0.01, 35), (
            config.Optimizer.Kind, config.Optimizer.WeightDecay, config.Gradients.Clipping!.MaxNorm));
        Assert.Equal(4, config.Gradients.AccumulationSteps);
        Assert.Equal((LearningRatePolicy.Cosine, 0.01, 10, 0.1), (
            config.LearningRate.Policy, config.LearningRate.FinalRatio, config.LearningRate.WarmupIterations,
            config.LearningRate.WarmupRatio));
        Assert.Equal((2, 5), (config.Evaluation.EpochInterval, config.Seed));
    }

    [Theory]
    [InlineData("fp16 = dict(loss_scale=512.)", MixedPrecision.Fp16, LossScaleMode.Static, 512)]
    [InlineData("fp16 = dict(loss_scale='dynamic')", MixedPrecision.Fp16, LossScaleMode.Dynamic, 65536)]
    [InlineData("fp16 = dict(loss_scale=dict(init_scale=512., mode='dynamic'))", MixedPrecision.Fp16, LossScaleMode.Dynamic, 512)]
    [InlineData("fp16 = dict(loss_scale=dict(init_scale=1024, growth_interval=100))", MixedPrecision.Fp16, LossScaleMode.Dynamic,
        1024)]
    [InlineData("fp16 = dict()", MixedPrecision.Fp16, LossScaleMode.Static, 512)]          // the hook's own default
    [InlineData("fp16 = None", MixedPrecision.Off, LossScaleMode.Dynamic, 65536)]
    [InlineData("optim_wrapper = dict(type='AmpOptimWrapper', optimizer=dict(type='SGD', lr=0.1))",
        MixedPrecision.Fp16, LossScaleMode.Dynamic, 65536)]
    [InlineData("optim_wrapper = dict(type='AmpOptimWrapper', loss_scale=128., optimizer=dict(type='SGD', lr=0.1))",
        MixedPrecision.Fp16, LossScaleMode.Static, 128)]
    [InlineData(
        "optim_wrapper = dict(type='AmpOptimWrapper', dtype='bfloat16', loss_scale='dynamic', "
            + "optimizer=dict(type='SGD', lr=0.1))",
        MixedPrecision.Bf16, LossScaleMode.Dynamic, 65536)]
    public void MixedPrecision_IsImported(string change, MixedPrecision amp, LossScaleMode mode, double scale)
    {
        var imported = ImportChange(change);
        Assert.Equal((amp, mode, scale), (
            imported.Config.Precision.MixedPrecision, imported.Config.Precision.LossScale.Mode,
            imported.Config.Precision.LossScale.InitialScale));
        Assert.DoesNotContain(imported.Notes, key =>
            key.Path.Contains("fp16") || key.Path.Contains("loss_scale") || key.Path.EndsWith("dtype"));
    }

    [Fact]
    public void DataWrappersAndAugmentations_AreImported()
    {
        var config = ImportChange("""
            part = dict(type='CocoDataset', ann_file='a.json', img_prefix='a', pipeline=[
                dict(type='PhotoMetricDistortion', brightness_delta=16), dict(type='MinIoURandomCrop', min_ious=(0.4, 0.8)),
                dict(type='Resize', img_scale=(640, 480)),
                dict(type='RandomFlip', flip_ratio=[0.25, 0.5], direction=['horizontal', 'vertical'])])
            data = dict(
                train=dict(_delete_=True, type='RepeatDataset', times=3, dataset=dict(
                    type='ClassBalancedDataset', oversample_thr=0.01, dataset=part)),
                test=dict(pipeline=[dict(type='MultiScaleFlipAug', img_scale=[(640, 480), (800, 600)], flip=True,
                                         transforms=[dict(type='Resize', keep_ratio=True), dict(type='RandomFlip')])]))
            """).Config;
        var train = config.Data.Train;
        Assert.Equal((3, 0.01), (train.Repetitions, train.ClassBalanced!.FrequencyThreshold));
        Assert.Equal((16, 0.5), (train.ColorDistortion!.BrightnessDelta, train.ColorDistortion.ContrastRange[0]));
        Assert.Equal([0.4, 0.8], train.MinIouRandomCrop!.MinIous);
        Assert.Equal([0.25, 0.5], train.FlipProbability);
        Assert.Equal([FlipDirection.Horizontal, FlipDirection.Vertical], train.FlipDirections);
        Assert.Equal([[640, 480], [800, 600]], config.Data.TestTimeAugmentation.Scales);
        Assert.True(config.Data.TestTimeAugmentation.Flip);
    }

    [Fact]
    public void AMosaic_IsImportedWithTheStepsAroundIt()
    {
        var train = ImportChange("""
            load = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True)]
            data = dict(train=dict(
                _delete_=True, type='MultiImageMixDataset',
                dataset=dict(type='CocoDataset', ann_file='a.json', img_prefix='a', pipeline=load),
                pipeline=[dict(type='Mosaic', img_scale=(320, 320), pad_val=100.0), dict(type='Resize', img_scale=(640, 640)),
                          dict(type='RandomFlip', flip_ratio=0.5)]))
            """).Config.Data.Train;
        Assert.Equal([320, 320], train.Mosaic!.ImageSize);
        Assert.Equal(100, train.Mosaic.PadValue);
        Assert.Equal([0.5], train.FlipProbability);
    }

    [Theory]
    [InlineData("model = dict(type='ATSS')", "2: model.type: expected PAA, the only value there is here, got ATSS")]
    [InlineData("model = 3", "2: model: expected a dict, got '3'")]
    [InlineData("model = dict(neck=dict(start_level=0))", "2: model.neck.start_level: expected 1, ")]
    [InlineData("model = dict(backbone=dict(style='caffe'))", "2: model.backbone.style: expected pytorch, ")]
    [InlineData("model = dict(backbone=dict(depth=20))", "2: model.backbone.depth: expected one of 18, 34, ")]
    [InlineData("model = dict(backbone=dict(norm_cfg=dict(type='LN')))", "2: model.backbone.norm: expected one of BN, GN")]
    [InlineData("model = dict(backbone=dict(type='SwinTransformer'))",
        "2: model.backbone.type: SwinTransformer is not here; ResNet-18/34/50/101/152 and ResNeXt are")]
    [InlineData("model = dict(neck=[dict(type='FPN'), dict(type='DyHead')])", "2: model.neck: expected one FPN, the only neck")]
    [InlineData("model = dict(bbox_head=dict(loss_bbox=dict(type='IoULoss')))", "2: model.bbox_head.loss_bbox.type: expected GI")]
    [InlineData("model = dict(bbox_head=dict(bbox_coder=dict(target_stds=[1., 1.])))", "bbox_coder.target_stds: expected [0.1, ")]
    [InlineData("optimizer = dict(type='Adam')", "2: optimizer.type: expected one of SGD, AdamW, got 'Adam'")]
    [InlineData("lr_config = dict(step=3)", "2: lr_config.step: expected a list of epochs, got '3'; write out [n, 2n, ...]")]
    [InlineData("lr_config = dict(warmup='cubic')", "2: lr_config.warmup: expected linear, ")]
    [InlineData("total_epochs = 36", "total_epochs: is 36, but runner.max_epochs 12; MMDetection refuses this, too")]
    [InlineData("data = dict(train=dict(type='VOCDataset'))", "2: data.train.type: expected CocoDataset, ")]
    [InlineData("data = dict(train=dict(pipeline=3))", "2: data.train.pipeline: expected a dict, got '3'")]
    [InlineData("param_scheduler = [dict(type='PolyLR')]", "2: param_scheduler: expected LinearLR, MultiStepLR or")]
    [InlineData("runner = dict(type='IterBasedRunner')", "2: runner.type: expected EpochBasedRunner, ")]
    public void WhatCannotBeImported_IsNamed(string change, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => ImportChange(change)).Message);

    ImportedConfig ImportChange(string change)
    {
        _folder.Write("base.py", PaaConfigTexts.Old);
        return Import($"_base_ = 'base.py'\n{change}");
    }

    ImportedConfig Import(string text) => MmdetectionImport.Read(_folder.Write("run.py", text));
}
