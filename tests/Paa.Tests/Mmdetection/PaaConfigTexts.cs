namespace Paa.Tests.Mmdetection;

/// <summary>The published PAA run as Python, in the keys of MMDetection 2.x and of 3.x.</summary>
static class PaaConfigTexts
{
    const string Model = """
        model = dict(
            type='PAA', __PREPROCESSOR__
            backbone=dict(type='ResNet', depth=50, num_stages=4, out_indices=(0, 1, 2, 3), frozen_stages=1, norm_eval=True,
                          norm_cfg=dict(type='BN', requires_grad=True), style='pytorch',
                          init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50')),
            neck=dict(type='FPN', in_channels=[256, 512, 1024, 2048], out_channels=256, start_level=1, num_outs=5,
                      add_extra_convs='on_output'),
            bbox_head=dict(type='PAAHead', num_classes=80, in_channels=256, feat_channels=256, stacked_convs=4, topk=9,
                           score_voting=True, reg_decoded_bbox=True,
                           anchor_generator=dict(type='AnchorGenerator', octave_base_scale=8, scales_per_octave=1, ratios=[1.0],
                                                 strides=[2 ** 3, 2 ** 4, 2 ** 5, 2 ** 6, 2 ** 7]),
                           bbox_coder=dict(type='DeltaXYWHBBoxCoder', target_means=[.0] * 4, target_stds=[.1, .1, .2, .2]),
                           loss_cls=dict(type='FocalLoss', use_sigmoid=True, gamma=2., alpha=0.25, loss_weight=1.),
                           loss_bbox=dict(type='GIoULoss', loss_weight=1.3),
                           loss_centerness=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.5)),
            train_cfg=dict(assigner=dict(type='MaxIoUAssigner', pos_iou_thr=0.1, neg_iou_thr=0.1, min_pos_iou=0,
                                         ignore_iof_thr=-1), allowed_border=-1, pos_weight=-1, debug=False),
            test_cfg=dict(nms_pre=1000, min_bbox_size=0, score_thr=0.05, nms=dict(type='nms', iou_threshold=0.6),
                          max_per_img=100))

        """;

    const string Sgd = "dict(type='SGD', lr=0.01, momentum=0.9, weight_decay=0.0001)";

    const string NormOfOld = "norm = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)\n";

    static readonly string Preprocessor = "data_preprocessor=dict(type='DetDataPreprocessor', mean=[123.675, 116.28, 103.53], "
        + "std=[58.395, 57.12, 57.375], bgr_to_rgb=True, pad_size_divisor=32),";

    /// <summary>MMDetection 2.x: the model, the data with their pipelines, the schedule.</summary>
    public static string Old { get; } = NormOfOld + OldTrainPipeline("(1333, 800)") + Model.Replace("__PREPROCESSOR__", "") + """
        views = [dict(type='LoadImageFromFile'),
                 dict(type='MultiScaleFlipAug', img_scale=(1333, 800), flip=False, transforms=[
                     dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'), dict(type='Normalize', **norm),
                     dict(type='Pad', size_divisor=32), dict(type='ImageToTensor', keys=['img']),
                     dict(type='Collect', keys=['img'])])]
        root = 'data/coco/'
        val = dict(type='CocoDataset', ann_file=root + 'annotations/instances_val2017.json', img_prefix=root + 'val2017/',
                   pipeline=views)
        data = dict(samples_per_gpu=2, workers_per_gpu=2, val=val, test=val,
                    train=dict(type='CocoDataset', ann_file=root + 'annotations/instances_train2017.json',
                               img_prefix=root + 'train2017/', pipeline=steps))
        evaluation = dict(interval=1, metric='bbox')
        optimizer_config = dict(grad_clip=None)
        lr_config = dict(policy='step', warmup='linear', warmup_iters=500, warmup_ratio=1 / 1000, step=[8, 11])
        runner = dict(type='EpochBasedRunner', max_epochs=12)
        checkpoint_config = dict(interval=1)
        log_config = dict(interval=50, hooks=[dict(type='TextLoggerHook')])
        dist_params = dict(backend='nccl')
        """ + $"\noptimizer = {Sgd}\n";

    /// <summary>MMDetection 3.x.</summary>
    public static string New { get; } = NewTrainPipeline("type='Resize', scale=(1333, 800)")
        + Model.Replace("__PREPROCESSOR__", Preprocessor) + """
        views = [dict(type='LoadImageFromFile', backend_args=None), dict(type='Resize', scale=(1333, 800), keep_ratio=True),
                 dict(type='LoadAnnotations', with_bbox=True), dict(type='PackDetInputs', meta_keys=('img_id', 'img_path'))]
        train_dataloader = dict(
            batch_size=2, num_workers=2, persistent_workers=True, sampler=dict(type='DefaultSampler', shuffle=True),
            batch_sampler=dict(type='AspectRatioBatchSampler'),
            dataset=dict(type='CocoDataset', data_root='data/coco/', ann_file='annotations/instances_train2017.json',
                         data_prefix=dict(img='train2017/'), filter_cfg=dict(filter_empty_gt=True, min_size=32),
                         pipeline=steps))
        val_dataloader = dict(
            batch_size=1, num_workers=2, drop_last=False,
            dataset=dict(type='CocoDataset', data_root='data/coco/', ann_file='annotations/instances_val2017.json',
                         data_prefix=dict(img='val2017/'), test_mode=True, pipeline=views))
        test_dataloader = val_dataloader
        val_evaluator = dict(type='CocoMetric', ann_file='data/coco/annotations/instances_val2017.json', metric='bbox')
        train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=12, val_interval=1)
        val_cfg = dict(type='ValLoop')
        test_cfg = dict(type='TestLoop')
        default_hooks = dict(logger=dict(type='LoggerHook', interval=50), checkpoint=dict(type='CheckpointHook', interval=1),
                             timer=dict(type='IterTimerHook'))
        auto_scale_lr = dict(enable=False, base_batch_size=16)

        """ + Scheduler("[8, 11]") + $"optim_wrapper = dict(type='OptimWrapper', optimizer={Sgd})\n";

    /// <summary>What a published run of 2.x changes, as a file over <see cref="Old"/>.</summary>
    public static string OldChange(int depth, string steps, int epochs, bool isMultiscale) => "_base_ = 'base.py'\n"
        + $"lr_config = dict(step={steps})\nrunner = dict(max_epochs={epochs})\n" + Depth(depth)
        + (isMultiscale ? NormOfOld + OldTrainPipeline("[(1333, 640), (1333, 800)], multiscale_mode='range'")
            + "data = dict(train=dict(pipeline=steps))\n" : "");

    /// <summary>What a published run of 3.x changes, as a file over <see cref="New"/>.</summary>
    public static string NewChange(int depth, string steps, int epochs, bool isMultiscale) => "_base_ = 'base.py'\n"
        + $"epochs = {epochs}\ntrain_cfg = dict(max_epochs=epochs)\n" + Scheduler(steps) + Depth(depth)
        + (isMultiscale ? NewTrainPipeline("type='RandomResize', scale=[(1333, 640), (1333, 800)]")
            + "train_dataloader = dict(dataset=dict(pipeline=steps))\n" : "");

    static string Depth(int depth) => depth == 50 ? "" : $"model = dict(backbone=dict(depth={depth}, "
        + $"init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet{depth}')))\n";

    static string OldTrainPipeline(string scale) => $"""
        steps = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
                 dict(type='Resize', keep_ratio=True, img_scale={scale}), dict(type='RandomFlip', flip_ratio=0.5),
                 dict(type='Normalize', **norm), dict(type='Pad', size_divisor=32), dict(type='DefaultFormatBundle'),
                 dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]

        """;

    static string NewTrainPipeline(string resize) => $"""
        steps = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
                 dict({resize}, keep_ratio=True), dict(type='RandomFlip', prob=0.5), dict(type='PackDetInputs')]

        """;

    static string Scheduler(string steps) => $"""
        param_scheduler = [dict(type='LinearLR', start_factor=0.001, by_epoch=False, begin=0, end=500),
                           dict(type='MultiStepLR', begin=0, end=12, by_epoch=True, milestones={steps}, gamma=0.1)]

        """;
}
