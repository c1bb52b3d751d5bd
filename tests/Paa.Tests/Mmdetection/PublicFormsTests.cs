using Paa.Configuration;
using Paa.Mmdetection;

namespace Paa.Tests.Mmdetection;

/// <summary>Forms in which people's configurations of PAA are written, on texts of our own.</summary>
public sealed class PublicFormsTests : IDisposable
{
    readonly ImportFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>As mmengine writes it into a work directory: sorted, all in one file, scopes, trailing commas.</summary>
    internal const string Dump = """
        backend_args = None
        default_hooks = dict(
            checkpoint=dict(_scope_='mmdet', interval=1, type='CheckpointHook'),
            logger=dict(_scope_='mmdet', interval=20, type='LoggerHook'),
            timer=dict(_scope_='mmdet', type='IterTimerHook'))
        default_scope = 'mmdet'
        env_cfg = dict(
            cudnn_benchmark=False,
            mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0))
        launcher = 'none'
        load_from = None
        log_processor = dict(
            _scope_='mmdet', by_epoch=True, type='LogProcessor', window_size=50)
        metainfo = dict(
            classes=(
                'hole',
                'crack',
            ),
            palette=[
                (
                    220,
                    20,
                    60,
                ),
            ])
        model = dict(
            _scope_='mmdet',
            backbone=dict(
                depth=18,
                frozen_stages=1,
                init_cfg=dict(checkpoint='torchvision://resnet18', type='Pretrained'),
                norm_cfg=dict(requires_grad=True, type='BN'),
                norm_eval=True,
                num_stages=4,
                out_indices=(
                    0,
                    1,
                    2,
                    3,
                ),
                style='pytorch',
                type='ResNet'),
            bbox_head=dict(
                anchor_generator=dict(
                    octave_base_scale=6,
                    ratios=[
                        1.0,
                    ],
                    scales_per_octave=1,
                    strides=[
                        8,
                        16,
                        32,
                        64,
                        128,
                    ],
                    type='AnchorGenerator'),
                loss_bbox=dict(loss_weight=1.3, type='GIoULoss'),
                num_classes=2,
                reg_decoded_bbox=True,
                type='PAAHead'),
            data_preprocessor=dict(
                bgr_to_rgb=True,
                mean=[
                    1.5,
                    2.5,
                    3.5,
                ],
                pad_size_divisor=64,
                std=[
                    4.0,
                    5.0,
                    6.0,
                ],
                type='DetDataPreprocessor'),
            neck=dict(
                add_extra_convs='on_output',
                in_channels=[
                    64,
                    128,
                    256,
                    512,
                ],
                num_outs=5,
                out_channels=256,
                start_level=1,
                type='FPN'),
            test_cfg=dict(
                max_per_img=50,
                min_bbox_size=0,
                nms=dict(iou_threshold=0.5, type='nms'),
                nms_pre=700,
                score_thr=0.1),
            type='mmdet.models.detectors.paa.PAA')
        optim_wrapper = dict(
            _scope_='mmdet',
            clip_grad=None,
            optimizer=dict(lr=0.005, momentum=0.9, type='torch.optim.SGD', weight_decay=0.0001),
            type='mmengine.optim.OptimWrapper')
        param_scheduler = [
            dict(begin=0, by_epoch=False, end=100, start_factor=0.1, type='LinearLR'),
            dict(
                begin=0,
                by_epoch=True,
                end=6,
                gamma=0.1,
                milestones=[
                    4,
                ],
                type='mmengine.optim.scheduler.MultiStepLR'),
        ]
        resume = False
        test_cfg = dict(_scope_='mmdet', type='TestLoop')
        test_dataloader = dict(
            batch_size=1,
            dataset=dict(
                _scope_='mmdet',
                ann_file='test.json',
                data_prefix=dict(img='images'),
                data_root='d/',
                metainfo=dict(
                    classes=(
                        'hole',
                        'crack',
                    )),
                pipeline=[
                    dict(backend_args=None, type='LoadImageFromFile'),
                    dict(keep_ratio=True, scale=(
                        640,
                        480,
                    ), type='Resize'),
                    dict(
                        meta_keys=(
                            'img_id',
                            'scale_factor',
                        ),
                        type='PackDetInputs'),
                ],
                test_mode=True,
                type='CocoDataset'),
            sampler=dict(_scope_='mmdet', shuffle=False, type='DefaultSampler'))
        test_evaluator = [
            dict(ann_file='d/test.json', classwise=True, metric='bbox', type='CocoMetric'),
        ]
        train_cfg = dict(
            _scope_='mmdet',
            max_epochs=6,
            type='EpochBasedTrainLoop',
            val_begin=5,
            val_interval=1)
        visualizer = dict(
            _scope_='mmdet',
            name='visualizer',
            type='DetLocalVisualizer',
            vis_backends=[
                dict(type='LocalVisBackend'),
            ])
        work_dir = './runs/paa'
        """;

    [Fact]
    public void ADumpOfMmengine_IsReadWhole()
    {
        var imported = MmdetectionImport.Parse(Dump, "meta['cfg']");
        Assert.Empty(ImportFolder.Shown(imported));
        var config = imported.Config;
        Assert.Equal((18, 6, 2), (config.Model.Backbone.Depth, config.Model.Head.Anchors.Scale, config.Model.Head.ClassCount));
        Assert.Equal((50, 0.5f, 700, 0.1f),
            (config.Model.PostProcessing.MaxDetections, config.Model.PostProcessing.NmsIouThreshold,
            config.Model.PostProcessing.PreNmsTopK, config.Model.PostProcessing.ScoreThreshold));
        Assert.Equal([1.5, 2.5, 3.5], config.Data.Normalization.Mean);
        Assert.Equal(["d/test.json"], config.Data.Test.AnnotationFiles);
        Assert.Equal([[640, 480]], config.Data.Test.Scales);
        Assert.Equal(["hole", "crack"], config.Data.Classes!);
        Assert.Equal((0.005, 99, 6),
            (config.Optimizer.LearningRate, config.LearningRate.WarmupIterations, config.Duration.MaxEpochs));
        Assert.Equal([4], config.LearningRate.DecayEpochs);
    }

    [Fact]
    public void ADump_ForInference_SaysTheSame()
    {
        var imported = MmdetectionImport.Parse(Dump, "meta['cfg']", ImportPurpose.Inference);
        var run = MmdetectionImport.Parse(Dump, "meta['cfg']").Config;
        Assert.Empty(imported.Notes);
        Assert.Equivalent(run.Model.PostProcessing, imported.Config.Model.PostProcessing, strict: true);
        Assert.Equivalent(run.Data.Normalization, imported.Config.Data.Normalization, strict: true);
        Assert.Equal((64, "[640, 480]"),
            (imported.Config.Data.SizeDivisor, $"[{string.Join(", ", imported.Config.Data.Test.Scales[0])}]"));
        Assert.Equal(["hole", "crack"], imported.Config.Data.Classes!);
        Assert.StartsWith("meta['cfg']:", imported.Tree.Locate("model.test_cfg.score_thr").ToString());
    }

    /// <summary>mmengine's pure Python style, with classes in place of their names.</summary>
    [Fact]
    public void APurePythonConfiguration_IsRead()
    {
        var text = PaaConfigTexts.New;
        foreach (
            var name in (string[])["PAA", "PAAHead", "ResNet", "FPN", "CocoDataset", "LoadImageFromFile", "MultiStepLR", "SGD"])
            text = text.Replace($"'{name}'", name);
        _folder.Folder.Write("_base_/run.py", "from mmdet.models import PAA, PAAHead, ResNet, FPN\nfrom torch.optim import SGD\n"
            + "from mmdet.datasets import CocoDataset\nfrom mmcv.transforms import LoadImageFromFile\n"
            + $"from mmengine.optim.scheduler.lr_scheduler import MultiStepLR\n{text}");
        var imported = MmdetectionImport.Read(_folder.Folder.Write("my/run.py", """
            # Copyright
            from mmengine.config import read_base

            with read_base():
                from .._base_.run import *

            model.update(dict(bbox_head=dict(num_classes=3)))
            train_dataloader['dataset']['metainfo'] = dict(classes=('a', 'b', 'c'))
            optim_wrapper.optimizer.lr = 0.5
            """));
        Assert.Equal((3, 9, 0.5), (imported.Config.Model.Head.ClassCount, imported.Config.Model.Head.TopK,
            imported.Config.Optimizer.LearningRate));
        Assert.Equal(["a", "b", "c"], imported.Config.Data.Classes!);
        Assert.Empty(ImportFolder.Shown(imported));
    }

    [Theory]
    [InlineData("# a comment\n\"\"\"AP = 0.4\n    of a table\n\"\"\"\nimport os\nimport os.path as osp\nfrom glob import glob")]
    [InlineData(
        "LONG = 1333 # 2100\nFACTOR = 1\nsteps = [dict(type='Resize', img_scale=[(LONG, 640*FACTOR), (LONG, 800)])]")]
    [InlineData("optimizer_config=dict(_delete_=True, grad_clip=dict(max_norm=35, norm_type=2))")]
    [InlineData("data = dict(\n    samples_per_gpu = 2,\n    workers_per_gpu = 2)\ngpu_ids = range(0, 1)")]
    [InlineData(
        "resume_from = None\ncustom_hooks = [dict(type=\"EMAHook\", warm_up=2000, resume_from=resume_from, priority='HIGHEST')]")]
    [InlineData(
        "lr = 0.3\noptimizer = dict(lr=lr)\nlr_config = dict(_delete_=True, policy='CosineAnnealing', min_lr=lr/1000)")]
    [InlineData(
        "name = 'a' if True else 'b'\nwork_dir = f'work_dirs/{name}_{12:02d}'\nx = [dict(y_min=i) for i in range(400, 700, 10)]")]
    [InlineData("a = dict(b=1, \\\n    c=2)\nif True:\n\tx = 1\n\ty = 2\nrunner = dict(type='EpochBasedRunner', max_epochs=12)")]
    public void WhatHasNoBearing_IsNotInTheWay(string change) => Assert.Empty(_folder.NotesOld(change));

    [Fact]
    public void ClassesOfTheirOwn_AreImported()
    {
        var config = _folder.Old("""
            dataset_type = 'COCODataset'
            classes = ('mass',)
            data_root = '/data (1+2)/'
            model = dict(
                bbox_head=dict(
                    type='PAAHead',
                    num_classes=len(classes),
                    ))
            data = dict(
                train=dict(img_prefix='', classes=classes, ann_file=data_root + 'a.json'),
                val=dict(img_prefix='', classes=classes, ann_file=data_root + 'b.json'),
                test=dict(img_prefix='', classes=classes, ann_file=data_root + 'b.json'))
            load_from = 'checkpoints/paa.pth'
            """).Config;
        Assert.Equal(["mass"], config.Data.Classes!);
        Assert.Equal(("/data (1+2)/a.json", 1), (config.Data.Train.AnnotationFiles[0], config.Model.Head.ClassCount));
        Assert.Equal("checkpoints/paa.pth", config.LoadFrom);
    }

    [Theory]
    [InlineData("model = dict(neck=dict(type='SPPFPN', SPP_type='ASPP'))",
        "model.neck.type: expected FPN, the only value there is here, got SPPFPN")]
    [InlineData("model = dict(bbox_head=dict(_delete_=True, type='CascadePAAHead'))", "model.bbox_head.type: expected PAAHead, ")]
    [InlineData("model = dict(_delete_=True, type='KnowledgeDistiller')", "model.type: expected PAA, ")]
    [InlineData("model = dict(backbone=dict(type='mmcls.VAN'))", "model.backbone.type: mmcls.VAN is not here; ResNet-18/34/")]
    [InlineData("model = dict(backbone=dict(dcn=dict(type='DCN'), stage_with_dcn=(False, True, True, True)))",
        "model.backbone.dcn.type: expected one of DCNv2, got 'DCN'")]
    [InlineData("model = dict(bbox_head=dict(loss_cls=dict(type='QualityFocalLoss')))",
        "model.bbox_head.loss_cls.type: expected FocalLoss")]
    public void WhatThereIsNotHere_IsOneLineThatNamesIt(string change, string message) =>
        Assert.Contains(message, Assert.Throws<ConfigException>(() => _folder.Old(change)).Message);

    [Fact]
    public void JsonOfMmcv_IsRead()
    {
        var file = _folder.Folder.Write("run.json", """
            {
            	"model": {"type": "PAA", "backbone": {"type": "ResNet", "depth": 18, "frozen_stages": 1}, "neck": {"type": "FPN",
            	    "start_level": 1, "add_extra_convs": "on_output"}, "bbox_head": {"type": "PAAHead", "num_classes": 2},
            	    "test_cfg": {"score_thr": 0.25, "nms": {"type": "nms", "iou_threshold": 0.5}}},
            	"data": {"test": {"type": "CocoDataset", "ann_file": "a.json", "classes": ["a", "b"]}}
            }
            """);
        var config = MmdetectionImport.Read(file, purpose: ImportPurpose.Evaluation).Config;
        Assert.Equal((18, 0.25f), (config.Model.Backbone.Depth, config.Model.PostProcessing.ScoreThreshold));
        Assert.Equal(["a", "b"], config.Data.Classes!);
    }
}
