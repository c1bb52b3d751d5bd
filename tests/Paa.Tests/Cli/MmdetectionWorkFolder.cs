using Paa.Checkpoints;

namespace Paa.Tests.Cli;

/// <summary>A work directory as MMDetection leaves it, with the weights of a <see cref="TrainedDetector"/>: their configuration,
/// checkpoints of two epochs with that text inside, and the name of the newest.</summary>
static class MmdetectionWorkFolder
{
    /// <summary>The configuration of <c>TinyRun</c> in the words of MMDetection 2.x.</summary>
    /// <param name="annotations">The annotation file.</param>
    /// <param name="images">The folder of images.</param>
    public static string Text(string annotations, string images) => $"""
        model = dict(
            type='PAA',
            backbone=dict(type='ResNet', depth=18, base_channels=8, frozen_stages=-1, norm_eval=False,
                          norm_cfg=dict(type='BN', requires_grad=True), style='pytorch'),
            neck=dict(type='FPN', in_channels=[8, 16, 32, 64], out_channels=32, start_level=1, num_outs=3,
                      add_extra_convs='on_output'),
            bbox_head=dict(type='PAAHead', num_classes=2, in_channels=32, feat_channels=32, stacked_convs=1,
                           anchor_generator=dict(type='AnchorGenerator', octave_base_scale=4, scales_per_octave=1, ratios=[1.0],
                                                 strides=[8, 16, 32]),
                           loss_centerness=dict(type='CrossEntropyLoss', use_sigmoid=True, loss_weight=0.5)),
            test_cfg=dict(nms_pre=1000, score_thr=0.05, nms=dict(type='nms', iou_threshold=0.6), max_per_img=100))
        norm = dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375], to_rgb=True)
        views = [dict(type='LoadImageFromFile'),
                 dict(type='MultiScaleFlipAug', img_scale=(96, 96), flip=False, transforms=[
                     dict(type='Resize', keep_ratio=True), dict(type='RandomFlip'), dict(type='Normalize', **norm),
                     dict(type='Pad', size_divisor=32), dict(type='ImageToTensor', keys=['img']),
                     dict(type='Collect', keys=['img'])])]
        steps = [dict(type='LoadImageFromFile'), dict(type='LoadAnnotations', with_bbox=True),
                 dict(type='Resize', img_scale=(96, 96), keep_ratio=True), dict(type='RandomFlip', flip_ratio=0.5),
                 dict(type='Normalize', **norm), dict(type='Pad', size_divisor=32), dict(type='DefaultFormatBundle'),
                 dict(type='Collect', keys=['img', 'gt_bboxes', 'gt_labels'])]
        val = dict(type='CocoDataset', ann_file='{annotations}', img_prefix='{images}', classes=('red', 'green'), pipeline=views)
        data = dict(samples_per_gpu=2, workers_per_gpu=2, val=val, test=val,
                    train=dict(type='CocoDataset', ann_file='{annotations}', img_prefix='{images}', classes=('red', 'green'),
                               pipeline=steps))
        optimizer = dict(type='SGD', lr=0.001, momentum=0.9, weight_decay=0.0001)
        optimizer_config = dict(grad_clip=None)
        lr_config = dict(policy='step', warmup='linear', warmup_iters=4, warmup_ratio=0.1, step=[8, 11])
        runner = dict(type='EpochBasedRunner', max_epochs=1)
        """;

    /// <summary>Writes the folder.</summary>
    /// <param name="folder">Made if it is not there.</param>
    /// <param name="detector">Its best weights are those of epoch 12; those of epoch 9 are damaged.</param>
    public static void Write(string folder, TrainedDetector detector)
    {
        Directory.CreateDirectory(folder);
        var text = Text(detector.Annotations, detector.Images);
        File.WriteAllText(Path.Combine(folder, $"{Path.GetFileName(folder)}.py"), text);
        File.WriteAllText(Path.Combine(folder, "epoch_9.pth"), "damaged");
        File.WriteAllText(Path.Combine(folder, "last_checkpoint"), "/data/of/another/machine/epoch_12.pth");
        WriteCheckpoint(Path.Combine(folder, "epoch_12.pth"), detector,
            ("CLASSES", new PickleTuple("red", "green")), ("config", text), ("epoch", 12L));
    }

    /// <summary>Writes a checkpoint with the weights of a detector.</summary>
    /// <param name="path">The file.</param>
    /// <param name="detector">Gives the weights.</param>
    /// <param name="meta">The whole meta.</param>
    public static void WriteCheckpoint(string path, TrainedDetector detector, params (string Key, object Value)[] meta)
    {
        var values = new PickleDict();
        foreach (var (key, value) in meta) values.Add(key, value);
        TorchFile.Write(path, new PickleDict
        {
            { "meta", values }, { "state_dict", StateDict.Load(detector.Checkpoint).ToGraph() },
        });
    }
}
