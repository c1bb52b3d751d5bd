using Paa.Mmdetection;
using Paa.Options;

namespace Paa.Tests.Mmdetection;

/// <summary>Keys of MMDetection that are done here, as the same options.</summary>
public sealed class ImportedOptionsTests : IDisposable
{
    readonly ImportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Model_OfOtherValues_IsImported()
    {
        var imported = _folder.Old("""
            model = dict(
                backbone=dict(norm_cfg=dict(type='SyncBN', requires_grad=True)),
                bbox_head=dict(covariance_type='full', anchor_generator=dict(_delete_=True, type='AnchorGenerator', ratios=[1.0],
                                                                             scales=[6], strides=[8, 16, 32, 64, 128])),
                test_cfg=dict(min_bbox_size=8, nms=dict(class_agnostic=True)))
            """);
        Assert.Equal(NormKind.BN, imported.Config.Model.Backbone.Norm);
        Assert.Equal((CovarianceType.Full, 6), (
            imported.Config.Model.Head.CovarianceType, imported.Config.Model.Head.Anchors.Scale));
        Assert.True(imported.Config.Model.PostProcessing.ClassAgnosticNms);
        Assert.Empty(ImportFolder.Shown(imported));
    }

    [Fact]
    public void Model_OfASingleStageDetectorWithAPaaHead_IsPaa() =>
        Assert.Empty(_folder.NotesOld("model = dict(type='SingleStageDetector')"));

    [Fact]
    public void ModelParts_AtTheRoot_AreImported()
    {
        var config = _folder.Old("""
            model = {{_base_.model}}
            train_cfg = dict(assigner=dict(type='MaxIoUAssigner', pos_iou_thr=0.2, neg_iou_thr=0.2), allowed_border=-1)
            test_cfg = dict(nms_pre=500, nms=dict(type='nms', iou_thr=0.4))
            del model['train_cfg'], model['test_cfg'], model['backbone']['init_cfg']
            model['pretrained'] = 'a.pth'
            model = dict(_delete_=True, **model)
            runner = None
            total_epochs = 7
            """).Config;
        Assert.Equal((0.2f, 500, 0.4f), (config.Model.Assignment.Matcher.PositiveIouThreshold,
            config.Model.PostProcessing.PreNmsTopK, config.Model.PostProcessing.NmsIouThreshold));
        Assert.Equal(("a.pth", 7), (config.Model.Backbone.Pretrained, config.Duration.MaxEpochs));
    }

    [Fact]
    public void Pipelines_OfOtherSteps_AreImported()
    {
        const string Steps = "dict(type='RandomCrop', crop_size=(300, 400), allow_negative_crop=True), "
            + "dict(type='FilterAnnotations', min_gt_bbox_wh=(4, 5), keep_empty=False)";
        var old = _folder.Old(
            "data = dict(train=dict(pipeline=[dict(type='Resize', img_scale=(1000, 600), ratio_range=(0.5, 1.5)), "
            + $"{Steps}]))").Config.Data.Train;
        Assert.Equal([0.5, 1.5], old.RatioRange!);
        Assert.Equal([300, 400], old.RandomCrop!.CropSize);
        Assert.Equal((CropType.Absolute, true), (old.RandomCrop.CropType, old.RandomCrop.AllowNegative));
        Assert.Equal([4, 5], old.FilterAnnotations!.MinSize);
        Assert.False(old.FilterAnnotations.ReplacesEmpty);
        var of3x = _folder.New("train_dataloader = dict(dataset=dict(pipeline=[dict(type='RandomResize', scale=(1000, 600), "
            + $"ratio_range=(0.5, 1.5), keep_ratio=True), {Steps}]))").Config.Data.Train;
        Assert.Equal([400, 300], of3x.RandomCrop!.CropSize);                    // 3.x gives width and height
        Assert.Equal([0.5, 1.5], of3x.RatioRange!);
    }

    /// <summary>MMDetection 2.x leaves out images below 32 pixels; 3.x only where it is told to.</summary>
    [Theory]
    [InlineData("filter_cfg=dict(min_size=16)", 16, true)]
    [InlineData("filter_cfg=dict(_delete_=True, filter_empty_gt=True)", 0, true)]
    [InlineData("filter_cfg=None", 0, false)]
    public void Filters_Of3x_AreImported(string filter, int minSize, bool skipsEmpty)
    {
        var train = _folder.New($"train_dataloader = dict(dataset=dict({filter}))").Config.Data.Train;
        Assert.Equal((minSize, skipsEmpty), (train.MinImageSide, train.SkipEmptyImages));
        Assert.Equal(32, _folder.Old("").Config.Data.Train.MinImageSide);
    }

    [Theory]
    [InlineData("sampler=dict(type='ClassAwareSampler', num_sample_class=2)", SamplerKind.ClassAware, 2, false)]
    [InlineData("batch_sampler=dict(drop_last=True)", SamplerKind.Default, 1, true)]
    [InlineData("drop_last=True", SamplerKind.Default, 1, true)]
    public void Samplers_Of3x_AreImported(string loader, SamplerKind kind, int imagesPerClass, bool dropsLast)
    {
        var imported = _folder.New($"train_dataloader = dict({loader})");
        var train = imported.Config.Data.Train;
        Assert.Equal((kind, imagesPerClass, dropsLast), (train.Sampler, train.ImagesPerClass, train.DropsLast));
        Assert.Empty(ImportFolder.Shown(imported));
        Assert.Equal(SamplerKind.Group, _folder.Old("").Config.Data.Train.Sampler);
    }

    [Theory]
    [InlineData("train=dict(_delete_=True, type='RepeatDataset', times=3, dataset=part)", 3, 0)]
    [InlineData(
        "train=dict(_delete_=True, type='RepeatDataset', times=3, dataset=dict(type='RepeatDataset', times=2, dataset=part))", 6,
            0)]
    [InlineData("train=dict(_delete_=True, type='RepeatDataset', times=3, dataset=[part, part])", 3, 0)]
    [InlineData("train=[part, part]", 1, 0)]
    [InlineData(
        "train=dict(_delete_=True, type='ConcatDataset', datasets=[dict(type='RepeatDataset', times=2, dataset=part), part])", 1,
            1)]
    [InlineData("train=dict(_delete_=True, dataset=part)", 1, 0)]
    [InlineData(
        "train=dict(_delete_=True, type='MultiImageMixDataset', dataset=dict(type='RepeatDataset', times=2, dataset=part), "
        + "pipeline=[dict(type='Mosaic'), dict(type='MixUp')])", 2, 1)]
    public void Wrappers_AroundDataSets_AreImported(string train, int times, int notes)
    {
        var imported = _folder.Old("part = dict(type='CocoDataset', ann_file='a.json', img_prefix='a', pipeline=[])\n"
            + $"data = dict({train})");
        Assert.Equal(times, imported.Config.Data.Train.Repetitions);
        Assert.All(imported.Config.Data.Train.AnnotationFiles, file => Assert.Equal("a.json", file));
        Assert.Equal(notes, ImportFolder.Shown(imported).Length);
    }

    [Fact]
    public void Optimisers_WithFactors_AreImported()
    {
        const string Factors = "paramwise_cfg=dict(bias_lr_mult=2., norm_decay_mult=0., custom_keys={'backbone.layer1': "
            + "dict(lr_mult=0.1, decay_mult=0.5)})";
        var old = _folder.Old($"optimizer = dict(nesterov=True, {Factors})").Config.Optimizer;
        var of3x = _folder.New($"optim_wrapper = dict(optimizer=dict(nesterov=True), {Factors})").Config.Optimizer;
        foreach (var optimizer in (OptimizerOptions[])[old, of3x])
        {
            Assert.True(optimizer.Nesterov);
            Assert.Equal((2, 0), (optimizer.Parameterwise!.BiasRateFactor, optimizer.Parameterwise.NormDecayFactor));
            var own = optimizer.Parameterwise.CustomKeys["backbone.layer1"];
            Assert.Equal((0.1, 0.5), (own.Rate, own.Decay));
        }
    }

    /// <summary>mmcv's constructor leaves the biases of norms alone, MMEngine's lets them follow the factor of biases.</summary>
    [Fact]
    public void DecayOfBiases_ReachesNormsOnlyInMmengine()
    {
        const string Factors = "paramwise_cfg=dict(bias_decay_mult=0.)";
        Assert.Equal(1, _folder.Old($"optimizer = dict({Factors})").Config.Optimizer.Parameterwise!.NormDecayFactor);
        Assert.Null(_folder.New($"optim_wrapper = dict({Factors})").Config.Optimizer.Parameterwise!.NormDecayFactor);
    }

    [Theory]
    [InlineData("dict(type='EMAHook')", WeightAverageKind.EmaHook, 0.0002, null, false)]
    [InlineData("dict(type='EMAHook', warm_up=2000, momentum=0.001, priority='HIGHEST')", WeightAverageKind.EmaHook, 0.001, 2000,
        false)]
    [InlineData("dict(type='ExpMomentumEMAHook', total_iter=20, skip_buffers=True)", WeightAverageKind.ExpMomentumEmaHook,
        0.0002, 20,
        false)]
    [InlineData("dict(type='LinearMomentumEMAHook')", WeightAverageKind.LinearMomentumEmaHook, 0.0002, null, true)]
    public void Averages_Of2x_AreImported(string hook, WeightAverageKind kind, double momentum, int? gamma, bool averagesBuffers)
    {
        var average = _folder.Old($"custom_hooks = [{hook}]").Config.WeightAverage!;
        Assert.Equal((kind, momentum, gamma, averagesBuffers),
            (average.Kind, average.Momentum, average.Gamma, average.AveragesBuffers));
    }

    [Theory]
    [InlineData("dict(type='EMAHook')", WeightAverageKind.ExponentialMovingAverage, null, false)]
    [InlineData("dict(type='EMAHook', ema_type='ExpMomentumEMA', gamma=20, update_buffers=True)",
        WeightAverageKind.ExpMomentumEma, 20,
        true)]
    [InlineData("dict(type='mmengine.EMAHook', ema_type='mmengine.model.StochasticWeightAverage')",
        WeightAverageKind.StochasticWeightAverage, null, false)]
    public void Averages_Of3x_AreImported(string hook, WeightAverageKind kind, int? gamma, bool averagesBuffers)
    {
        var average = _folder.New($"custom_hooks = [{hook}]").Config.WeightAverage!;
        Assert.Equal((kind, gamma, averagesBuffers), (average.Kind, average.Gamma, average.AveragesBuffers));
    }

    [Theory]
    [InlineData("custom_hooks = [dict(type='EarlyStoppingHook', monitor='coco/bbox_mAP')]", 5, 0.1)]
    [InlineData(
        "custom_hooks = [dict(type='EarlyStoppingHook', monitor='coco/bbox_mAP', patience=7, min_delta=0.005, rule='greater')]",
        7, 0.005)]
    [InlineData("default_hooks = dict(early_stopping=dict(type='EarlyStoppingHook', monitor='bbox_mAP', patience=2))", 2, 0.1)]
    public void EarlyStopping_Of3x_IsImported(string hooks, int patience, double minDelta)
    {
        var imported = _folder.New(hooks);
        Assert.Equal(new EarlyStoppingOptions { Patience = patience, MinDelta = minDelta }, imported.Config.EarlyStopping);
        Assert.DoesNotContain(imported.Notes, note => note.Path.Contains("hooks", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("monitor='coco/segm_mAP'", "monitor: is coco/segm_mAP, here box AP is watched")]
    [InlineData("monitor='coco/bbox_mAP', stopping_threshold=0.9", "stopping_threshold: is 0.9, here None")]
    [InlineData("monitor='coco/bbox_mAP', pool_size=3", "pool_size")]
    public void EarlyStopping_ThatIsDifferent_IsNamed(string arguments, string note) => Assert.Contains(
        _folder.New($"custom_hooks = [dict(type='EarlyStoppingHook', {arguments})]").Notes,
        other => other.Kind == ImportNoteKind.ChangesTraining && other.ToString().Contains(note, StringComparison.Ordinal));

    [Theory]
    [InlineData("warmup='constant', warmup_iters=9, warmup_ratio=0.3", WarmupKind.Constant, 9, 0.3, false)]
    [InlineData("warmup='exp', warmup_iters=2, warmup_by_epoch=True", WarmupKind.Exp, 2, 0.1, true)]
    [InlineData("warmup=None", WarmupKind.Linear, 0, 0.001, false)]
    public void Warmup_Of2x_IsImported(string warmup, WarmupKind kind, int iterations, double ratio, bool isByEpoch)
    {
        var rate = _folder.Old($"lr_config = dict(_delete_=True, policy='step', step=[1], {warmup})").Config.LearningRate;
        Assert.Equal((kind, iterations, ratio, isByEpoch),
            (rate.Warmup, rate.WarmupIterations, rate.WarmupRatio, rate.IsWarmupByEpoch));
    }

    /// <summary>mmengine's factor is full at end - begin - 1.</summary>
    [Theory]
    [InlineData("dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=1000)", WarmupKind.Linear, 999, 0.1, false)]
    [InlineData("dict(type='ConstantLR', factor=0.2, by_epoch=False, begin=0, end=10)", WarmupKind.Constant, 9, 0.2, false)]
    [InlineData("dict(type='LinearLR', start_factor=0.1, by_epoch=True, begin=0, end=2, convert_to_iter_based=True)",
        WarmupKind.Linear, 2,
        0.1, true)]
    public void Warmup_Of3x_IsImported(string scheduler, WarmupKind kind, int iterations, double ratio, bool isByEpoch)
    {
        var rate = _folder.New($"param_scheduler = [{scheduler}, dict(type='MultiStepLR', milestones=[1])]").Config.LearningRate;
        Assert.Equal((kind, iterations, ratio, isByEpoch),
            (rate.Warmup, rate.WarmupIterations, rate.WarmupRatio, rate.IsWarmupByEpoch));
    }

    [Fact]
    public void Cosines_AdvanceAsTheyAreTold()
    {
        var old = _folder.Old("lr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr=1e-5)").Config.LearningRate;
        Assert.Equal((LearningRatePolicy.Cosine, true, 0.001), (old.Policy, old.IsByEpoch, Math.Round(old.FinalRatio, 9)));
        const string Cosine =
            "param_scheduler = [dict(type='CosineAnnealingLR', begin=4, T_max=8, end=12, by_epoch=True, eta_min=1e-4";
        var imported = _folder.New($"{Cosine}, convert_to_iter_based=True)]");
        var rate = imported.Config.LearningRate;
        Assert.Equal((false, 4, 0, 0.01),
            (rate.IsByEpoch, rate.FirstCosineEpoch, rate.WarmupIterations, Math.Round(rate.FinalRatio, 9)));
        Assert.Empty(ImportFolder.Shown(imported));
        Assert.True(_folder.New($"{Cosine})]").Config.LearningRate.IsByEpoch);
        Assert.Equal(["ChangesTraining param_scheduler[0].T_max: is 5, here 8, up to the end of the run"],
            _folder.NotesNew($"{Cosine})]".Replace("T_max=8", "T_max=5")));
    }

    [Fact]
    public void ARateWithoutACourse_Stays()
    {
        const string Warmup = "param_scheduler = [dict(type='LinearLR', start_factor=0.1, by_epoch=False, begin=0, end=10)]";
        Assert.Empty(_folder.New(Warmup).Config.LearningRate.DecayEpochs);
    }

    [Fact]
    public void Evaluation_WithLimits_IsImported()
    {
        Assert.Equal([100, 300, 1500],
            _folder.Old("evaluation = dict(proposal_nums=(100, 300, 1500))").Config.Evaluation.DetectionLimits!);
        Assert.Equal([1, 10, 100], _folder.New(
            "test_evaluator = dict(type='CocoMetric', proposal_nums=(1, 10, 100))").Config.Evaluation.DetectionLimits!);
    }

    [Fact]
    public void Checkpoints_ByIteration_AreImported()
    {
        var saved = _folder.New(
            "default_hooks = dict(checkpoint=dict(interval=500, by_epoch=False, max_keep_ckpts=3))").Config.Checkpoints;
        Assert.Equal((500, 1, 3), (saved.IterationInterval, saved.EpochInterval, saved.MaxKept));
    }
}
