namespace Paa.Tests.Mmdetection;

/// <summary>What changes numbers is named as such; what does not is not.</summary>
public sealed class ImportNotesTests : IDisposable
{
    readonly ImportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("custom_hooks = [dict(type='MyHook', a=1)]", "ChangesTraining custom_hooks[0]: the hook MyHook is not here")]
    [InlineData("import os\ncustom_hooks = os.x()",
        "ChangesTraining custom_hooks: cannot be known (the call os.x(...) is not run)")]
    [InlineData("model = dict(train_cfg=dict(assigner=dict(iou_calculator=dict(type='BboxDistanceMetric'))))",
        "ChangesTraining model.train_cfg.assigner.iou_calculator: here the IoU, BboxOverlaps2D")]
    [InlineData("model = dict(train_cfg=dict(assigner=dict(assign_metric='wasserstein')))",
        "ChangesTraining model.train_cfg.assigner.assign_metric: is not known here")]
    [InlineData("model = dict(train_cfg=dict(sampler=dict(type='RandomSampler', num=9)))",
        "ChangesTraining model.train_cfg.sampler: every anchor is used here",
        "ChangesTraining model.train_cfg.sampler.num: is not known here")]
    [InlineData("model = dict(test_cfg=dict(nms=dict(type='soft_nms', min_score=0.1)))",
        "ChangesBoxes model.test_cfg.nms.type: is soft_nms, here nms with this threshold",
        "ChangesBoxes model.test_cfg.nms.min_score: is not known here")]
    [InlineData("model = dict(test_cfg=dict(uncertainty=dict(a=1)))",
        "ChangesBoxes model.test_cfg.uncertainty: is not known here")]
    [InlineData("model = dict(bbox_head=dict(with_voting=True))", "ChangesBoxes model.bbox_head.with_voting: is not known here")]
    [InlineData("model = dict(bbox_head=dict(bbox_coder=dict(clip_border=False)))",
        "ChangesBoxes model.bbox_head.bbox_coder.clip_border: is False, here True")]
    [InlineData("model = dict(backbone=dict(init_cfg=[dict(type='Kaiming')]))",
        "ChangesTraining model.backbone.init_cfg: is [a dict], here MMDetection's default")]
    [InlineData("model = dict(backbone=dict(norm_cfg=dict(requires_grad=False)))",
        "ChangesTraining model.backbone.norm_cfg.requires_grad: is False, here True")]
    [InlineData("data = dict(train=dict(type='AITODDataset'))",
        "ChangesTraining data.train.type: AITODDataset is read as CocoDataset; name its classes in data.classes, if it has "
        + "its own")]
    [InlineData("data = dict(test=dict(samples_per_gpu=4))",
        "ChangesBoxes data.test.samples_per_gpu: is 4, images are not padded to the size of others here")]
    [InlineData("optimizer = dict(dampening=0.1)", "ChangesTraining optimizer.dampening: is 0.1, here 0")]
    [InlineData("optimizer = dict(momentum_decay=0.1)", "ChangesTraining optimizer.momentum_decay: is not known here")]
    [InlineData("lr_config = dict(min_lr=0.1)", "ChangesTraining lr_config.min_lr: is 0.1, the rate has no lower end here")]
    [InlineData("momentum_config = dict(policy='cyclic')",
        "ChangesTraining momentum_config: is a dict, the momentum is constant here")]
    [InlineData("runner = dict(type='EpochBasedRunnerAmp')",
        "ChangesTraining runner.type: Apex's mixed precision is not here; train.amp is PyTorch's")]
    [InlineData("optimizer_config = dict(type='DistOptimizerHook', use_fp16=True)",
        "ChangesTraining optimizer_config.type: DistOptimizerHook is not known here",
        "ChangesTraining optimizer_config.use_fp16: is not known here")]
    [InlineData("resume_from = 'a.pth'", "ChangesTraining resume_from: is a.pth, say --resume FILE")]
    [InlineData("evaluation = dict(metric=['bbox', 'proposal'])",
        "ChangesBoxes evaluation.metric: is [bbox, proposal], here box AP as COCO computes it")]
    [InlineData("evaluation = dict(save_best='bbox_mAP_50')",
        "ChangesTraining evaluation.save_best: is bbox_mAP_50, here the best checkpoint is that of the highest AP")]
    public void OfOldKeys_ArePreciselyThese(string change, params string[] notes) =>
        Assert.Equal(notes, _folder.NotesOld(change));

    [Theory]
    [InlineData("train_dataloader = dict(sampler=dict(type='MultiDataSampler'))", "ChangesTraining train_dataloader.sampler: "
        + "MultiDataSampler is not here; an epoch visits each image once, in random order")]
    [InlineData("train_dataloader = dict(batch_sampler=None)",
        "ChangesTraining train_dataloader.batch_sampler: images of a batch are all wide or all high here")]
    [InlineData("val_dataloader = dict(batch_size=8)",
        "ChangesBoxes val_dataloader.batch_size: is 8, images are not padded to the size of others here")]
    [InlineData("model = dict(data_preprocessor=dict(batch_augments=[dict(type='BatchSyncRandomResize')]))",
        "ChangesTraining model.data_preprocessor.batch_augments: is [a dict], not done here")]
    [InlineData("model = dict(data_preprocessor=dict(pad_value=114))",
        "ChangesBoxes model.data_preprocessor.pad_value: is 114, here 0")]
    [InlineData("test_evaluator = [dict(type='CocoMetric', metric='bbox'), dict(type='VOCMetric', metric='mAP')]",
        "ChangesBoxes test_evaluator[1]: VOCMetric is not here; here box AP as COCO computes it")]
    [InlineData("test_cfg = dict(is_raw=True)", "ChangesBoxes test_cfg.is_raw: is not known here")]
    [InlineData("train_cfg = dict(is_raw=True)", "ChangesTraining train_cfg.is_raw: is not known here")]
    [InlineData("optim_wrapper = dict(constructor='LearningRateDecayOptimizerConstructor')", "ChangesTraining "
        + "optim_wrapper.constructor: is LearningRateDecayOptimizerConstructor, here DefaultOptimizerConstructor")]
    [InlineData("resume = True", "ChangesTraining resume: is True, say --resume")]
    [InlineData("x = {{ $RATE:3 }}",
        "ChangesTraining {{ $NAME:default }}: the environment is not read, the default is taken")]
    public void OfNewKeys_ArePreciselyThese(string change, params string[] notes) =>
        Assert.Equal(notes, _folder.NotesNew(change));

    [Theory]
    [InlineData("dict(type='CutOut', n_holes=5)", "{0}[3]: the step CutOut is not done here")]
    [InlineData("dict(type='Resize', img_scale=(9, 9), backend='pillow')",
        "{0}[3]: images are resized once here, as the last of these steps says", "{0}[3].backend: is pillow, here cv2")]
    [InlineData("dict(type='MinIoURandomCrop')", "{0}[3]: is done before the image is resized here")]
    [InlineData("dict(type='Pad', size_divisor=32, pad_val=dict(img=(114, 114, 114)))",
        "{0}[3].pad_val: is [114, 114, 114], here 0")]
    [InlineData("dict(type='Normalize', mean=[1, 1, 1], std=[1, 1, 1], to_rgb=True)",
        "{0}[3].mean: is [1, 1, 1], in another pipeline [123.675, 116.28, 103.53]; the former is taken for all",
        "{0}[3].std: is [1, 1, 1], in another pipeline [58.395, 57.12, 57.375]; the former is taken for all")]
    [InlineData("dict(type='LoadImageFromFile', to_float32=True)", "{0}[3].to_float32: is True, here 8-bit pixels are resized")]
    [InlineData("f()", "{0}: a step cannot be known (the call f(...) is not run)")]
    public void OfSteps_NameThem(string step, params string[] notes)
    {
        var shown = _folder.NotesOld("norm = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)\n"
            + "steps = [dict(type='LoadImageFromFile'), dict(type='Resize', img_scale=(1333, 800)), "
            + $"dict(type='Normalize', **norm), {step}]\ndata = dict(train=dict(pipeline=steps))\n");
        Assert.Equal(notes.Select(note => "ChangesTraining " + string.Format(null, note, "data.train.pipeline")),
            shown.Where(note => note.StartsWith("ChangesTraining data.train")));
    }

    [Fact]
    public void OfAnUnknownStepOfTheTest_ChangeTheBoxes() => Assert.Equal(
        ["ChangesBoxes data.test.pipeline[0]: the step ImageStandardisation is not done here"],
        _folder.NotesOld("data = dict(test=dict(pipeline=[dict(type='ImageStandardisation')]))"));

    /// <summary>Loggers, visualisers, backends, names that only help: they mean nothing.</summary>
    [Theory]
    [InlineData("import os\nimport torch.nn as nn\nos.environ['A'] = '1'\ngpu_ids = range(2)\ndevice_ids = range(0, 2)")]
    [InlineData(
        "vis_backends = [dict(type='LocalVisBackend')]\nvisualizer = dict(type='DetLocalVisualizer', vis_backends=vis_backends)")]
    [InlineData("log_config = dict(hooks=[dict(type='WandbLoggerHook', init_kwargs=dict())])")]
    [InlineData("custom_hooks = [dict(type='NumClassCheckHook')]")]
    [InlineData(
        "custom_imports = dict(imports=['a.b'], allow_failed_imports=False)\nname = f'{open(1)}'\nworkflow = [('train', 1)]")]
    [InlineData("model = dict(test_cfg=dict(min_bbox_size=4))")]                        // which MMDetection's head does not read
    [InlineData("checkpoint_config = dict(save_optimizer=False, create_symlink=False)\nwork_dir = open('a')")]
    public void OfWhatMeansNothing_AreNotMore(string change) => Assert.Empty(_folder.NotesOld(change));

    [Fact]
    public void OfPublishedRuns_AreEmpty()
    {
        Assert.Empty(_folder.NotesOld(""));
        Assert.Empty(_folder.NotesNew(""));
    }
}
