using Paa.Configuration;
using Paa.Options;

namespace Paa.Tests.Configuration;

public sealed class ConfigValidatorTests
{
    static string Error(string yaml) => Assert.Throws<ConfigException>(() => ConfigLoader.Parse(yaml, "test.yaml")).Message;

    [Theory]
    [InlineData("model: { backbone: { depth: 20 } }", "model.backbone.depth: expected one of 18, 34, 50, 101, 152, got 20")]
    [InlineData("model: { backbone: { norm: GN, base_channels: 16 } }",
        "model.backbone.base_channels: expected a multiple of 32 (norm is GN), got 16")]
    [InlineData("model: { backbone: { groups: 32 } }",
        "model.backbone.groups: expected 1 for a ResNet (set type to ResNeXt for more), got 32")]
    [InlineData("model: { backbone: { type: ResNeXt, depth: 34 } }",
        "model.backbone.depth: expected 50, 101 or 152 for a ResNeXt, got 34")]
    [InlineData("model: { backbone: { type: ResNext, groups: 3, norm: GN } }",
        "model.backbone.base_width: expected groups times base_width to be a multiple of 32 (norm is GN), got 12")]
    [InlineData("model: { backbone: { dcn: { type: DCN } } }", "model.backbone.dcn.type: expected one of DCNv2, got 'DCN'")]
    [InlineData("model: { backbone: { dcn: {} } }",
        "model.backbone.stage_with_dcn: expected a stage with true, as dcn is set, got only false")]
    [InlineData("model: { backbone: { stage_with_dcn: [false, true, true, true] } }",
        "model.backbone.stage_with_dcn: expected only false while dcn is null, got true")]
    [InlineData("model: { backbone: { depth: 18, dcn: { type: DCNv2 }, stage_with_dcn: [false, true, true, true] } }",
        "model.backbone.dcn: expected depth 50, 101 or 152, whose blocks can be deformable, got 18")]
    [InlineData("model: { backbone: { dcn: { deform_groups: 3 }, stage_with_dcn: [false, true, true, true] } }",
        "model.backbone.dcn.deform_groups: expected a divisor of the 64 channels of C2's 3x3 convolutions, got 3")]
    [InlineData("model: { bbox_head: { feat_channels: 48 } }",
        "model.bbox_head.feat_channels: expected a positive multiple of 32 (group norm has 32 groups), got 48")]
    [InlineData("model: { neck: { num_outs: 4 } }",
        "model.bbox_head.anchor_generator.strides: expected 4 strides, one for each of model.neck.num_outs, got 5")]
    [InlineData("model: { bbox_head: { anchor_generator: { strides: [8, 16, 16, 64, 128] } } }",
        "model.bbox_head.anchor_generator.strides: expected positive strides, ascending, got [8, 16, 16, 64, 128]")]
    [InlineData("model: { train_cfg: { assigner: { pos_iou_thr: 1.5 } } }",
        "model.train_cfg.assigner.pos_iou_thr: expected 0 to 1, got 1.5")]
    [InlineData("model: { test_cfg: { max_per_img: 0 } }", "model.test_cfg.max_per_img: expected -1 (all) or 1 and more, got 0")]
    [InlineData("runner: { planned: true }", "runner.planned: expected false without runner.budget, got true")]
    [InlineData("early_stopping: { patience: 0 }", "early_stopping.patience: expected 1 or more, got 0")]
    [InlineData("early_stopping: { min_delta: -0.5 }", "early_stopping.min_delta: expected 0 or more, got -0.5")]
    [InlineData("{ early_stopping: {}, evaluation: { interval: 0 } }",
        "evaluation.interval: expected 1 or more, as early_stopping is set, got 0")]
    [InlineData("runner: { budget: 2s }", "runner.budget: expected 5s or more, got 2s")]
    [InlineData("data: { samples_per_gpu: 0 }", "data.samples_per_gpu: expected 1 or more, got 0")]
    [InlineData("data: { classes: [a, b] }", "data.classes: expected 80 names (model.bbox_head.num_classes), got 2")]
    [InlineData("data: { img_norm: { std: [1, 0, 1] } }", "data.img_norm.std: expected a number above 0, got 0")]
    [InlineData("data: { train: { img_scale: [800, -1] } }",
        "data.train.img_scale: expected pairs of positive sizes, [1333, 800], got [800, -1]")]
    [InlineData("data: { train: { flip_ratio: 2 } }", "data.train.flip_ratio: expected 0 to 1, got 2")]
    [InlineData("data: { val: { img_scale: [[1, 2], [3, 4]] } }",
        "data.val.img_scale: expected one scale (several belong into data.tta), got 2")]
    [InlineData("data: { train: { flip_ratio: [0.5, 0.5] } }",
        "data.train.flip_ratio: expected one value, or one for each of the 1 directions of flip_direction, got 2")]
    [InlineData("data: { train: { flip_ratio: [0.75, 0.5], flip_direction: [vertical, diagonal] } }",
        "data.train.flip_ratio: expected at most 1 together, got 1.25")]
    [InlineData("data: { train: { flip_direction: left } }",
        "data.train.flip_direction[0]: expected one of horizontal, vertical, diagonal, got 'left'")]
    [InlineData("data: { train: { img_scale: [[9, 9], [8, 8], [7, 7]] } }",
        "data.train.img_scale: expected the two ends of the range, got 3")]
    [InlineData("data: { train: { repeat_times: 0 } }", "data.train.repeat_times: expected 1 or more, got 0")]
    [InlineData("data: { train: { class_balanced: { oversample_thr: 0 } } }",
        "data.train.class_balanced.oversample_thr: expected above 0, at most 1, got 0")]
    [InlineData("data: { train: { mosaic: { img_scale: [640] } } }",
        "data.train.mosaic.img_scale: expected height and width, [640, 640], got [640]")]
    [InlineData("data: { train: { mosaic: { center_ratio_range: [0.5, 2.5] } } }",
        "data.train.mosaic.center_ratio_range: expected 0 to 2, ascending, got [0.5, 2.5]")]
    [InlineData("data: { train: { photo_metric_distortion: { contrast_range: [1.5, 0.5] } } }",
        "data.train.photo_metric_distortion.contrast_range: expected 0 or more, ascending, got [1.5, 0.5]")]
    [InlineData("data: { train: { min_iou_random_crop: { min_crop_size: 0 } } }",
        "data.train.min_iou_random_crop.min_crop_size: expected above 0, at most 1, got 0")]
    [InlineData("data: { train: { min_size: -1 } }", "data.train.min_size: expected 0 or more, got -1")]
    [InlineData("data: { train: { num_sample_class: 0 } }", "data.train.num_sample_class: expected 1 or more, got 0")]
    [InlineData("data: { train: { ratio_range: [0, 2] } }", "data.train.ratio_range: expected a number above 0, got 0")]
    [InlineData("data: { train: { ratio_range: [2, 0.5] } }",
        "data.train.ratio_range: expected 0 or more, ascending, got [2, 0.5]")]
    [InlineData("data: { train: { ratio_range: [0.5, 2], img_scale: [[9, 9], [8, 8]] } }",
        "data.train.img_scale: expected one scale, which ratio_range multiplies, got 2")]
    [InlineData("data: { train: { random_crop: { crop_size: [9] } } }",
        "data.train.random_crop.crop_size: expected 2 values (height, width), got 1")]
    [InlineData("data: { train: { random_crop: { crop_size: [9, 0.5] } } }",
        "data.train.random_crop.crop_size: expected whole numbers of pixels, 1 and more, got 0.5")]
    [InlineData("data: { train: { random_crop: { crop_type: relative } } }",
        "data.train.random_crop.crop_size: expected fractions above 0, at most 1, got 1024")]
    [InlineData("data: { train: { random_crop: { crop_type: absolute_range, crop_size: [600, 384] } } }",
        "data.train.random_crop.crop_size: expected 1 to 2147483647, ascending, got [600, 384]")]
    [InlineData("data: { train: { filter_annotations: { min_gt_bbox_wh: [1, -1] } } }",
        "data.train.filter_annotations.min_gt_bbox_wh: expected 0 or more, got -1")]
    [InlineData("evaluation: { proposal_nums: [1, 10] }", "evaluation.proposal_nums: expected 3 positive limits, got [1, 10]")]
    [InlineData("evaluation: { proposal_nums: [0, 10, 100] }",
        "evaluation.proposal_nums: expected 3 positive limits, got [0, 10, 100]")]
    [InlineData("model: { bbox_head: { covariance_type: tied } }",
        "model.bbox_head.covariance_type: expected one of diag, full, got 'tied'")]
    [InlineData("data: { tta: { img_scale: [0, 3] } }",
        "data.tta.img_scale: expected pairs of positive sizes, [1333, 800], got [0, 3]")]
    [InlineData("data: { train: { ann_file: a.json, img_prefix: [a, b] } }",
        "data.train.img_prefix: expected one folder, or one for each of the 1 files of ann_file, got 2")]
    [InlineData("optimizer: { lr: 0 }", "optimizer.lr: expected a number above 0, got 0")]
    [InlineData("optimizer: { momentum: 1 }", "optimizer.momentum: expected 0 or more, below 1, got 1")]
    [InlineData("optimizer: { nesterov: true, momentum: 0 }",
        "optimizer.nesterov: expected false, or SGD with a momentum above 0, got true")]
    [InlineData("optimizer: { type: AdamW, nesterov: true }",
        "optimizer.nesterov: expected false, or SGD with a momentum above 0, got true")]
    [InlineData("optimizer: { paramwise_cfg: { custom_keys: { neck: { lr_mult: -1 } } } }",
        "optimizer.paramwise_cfg.custom_keys.neck.lr_mult: expected 0 or more, got -1")]
    [InlineData("lr_config: { policy: cosine, begin: 12 }", "lr_config.begin: expected 0 or more, below the 12 epochs, got 12")]
    [InlineData("ema: { momentum: 1 }", "ema.momentum: expected a number between 0 and 1, got 1")]
    [InlineData("ema: { begin_iter: 1, begin_epoch: 1 }", "ema.begin_epoch: expected 0, as begin_iter is set, got 1")]
    [InlineData("ema: { type: EMAHook, begin_iter: 5 }", "ema.begin_iter: expected 0 for the rule EMAHook, got 5")]
    [InlineData("lr_config: { step: [11, 8] }", "lr_config.step: expected positive epochs, ascending, got [11, 8]")]
    [InlineData("auto_scale_lr: { base_batch_size: 0 }", "auto_scale_lr.base_batch_size: expected 1 or more, got 0")]
    [InlineData("train: { amp: fp8 }", "train.amp: expected one of off, bf16, fp16, got 'fp8'")]
    [InlineData("train: { apm: bf16 }", "train.apm: unknown key, did you mean 'amp'?")]
    [InlineData("train: { channels_last: maybe }", "train.channels_last: expected true or false, got 'maybe'")]
    [InlineData("train: { loss_scale: { mode: fixed } }", "train.loss_scale.mode: expected one of dynamic, static, got 'fixed'")]
    [InlineData("train: { loss_scale: { init_scale: 0 } }",
        "train.loss_scale.init_scale: expected a number above 0, at most 4294967296, got 0")]
    [InlineData("train: { loss_scale: { growth_factor: 1 } }",
        "train.loss_scale.growth_factor: expected a number above 1, at most 1024, got 1")]
    [InlineData("train: { loss_scale: { backoff_factor: 1 } }",
        "train.loss_scale.backoff_factor: expected a number between 0 and 1, got 1")]
    [InlineData("train: { loss_scale: { growth_interval: 0 } }", "train.loss_scale.growth_interval: expected 1 or more, got 0")]
    [InlineData("device: gpu", "device: expected cpu, cuda or cuda:INDEX, got 'gpu'")]
    public void ValueOutOfRange_IsRefused(string yaml, string message) => Assert.Equal($"test.yaml:1: {message}", Error(yaml));

    [Fact]
    public void OneChannelPerGroup_OnAnImageOfOneCell_IsRefused()
    {
        const string Head = "model: { bbox_head: { feat_channels: 32 } }\n";
        Assert.Equal(
            "test.yaml:1: model.bbox_head.feat_channels: expected at least 64 when training images of 128 pixels make the level "
            + "of stride 128 1x1 (group norm needs more than one value a group), got 32",
            Error(Head + "data: { train: { img_scale: [128, 128] } }"));
        var larger = ConfigLoader.Parse(Head + "data: { train: { img_scale: [160, 128] } }", "x");
        Assert.Equal(32, larger.Model.Head.TowerChannels);
        foreach (var smaller in (string[])["ratio_range: [0.5, 2]", "random_crop: { crop_size: [128, 128] }"])
            Assert.Contains("training images of 1", Error(Head + $"data: {{ train: {{ img_scale: [256, 256], {smaller} }} }}"));
    }

    [Fact]
    public void ConfigurationMadeInCode_IsChecked() =>
        Assert.Equal("configuration: seed: expected 0 or more, got -1",
            Assert.Throws<ConfigException>(() => ConfigValidator.Validate(new PaaConfig { Seed = -1 })).Message);

    [Fact]
    public void FrozenRandomWeights_GiveAWarning()
    {
        Assert.Equal(2, ConfigValidator.Warnings(new PaaConfig()).Count());
        var fromScratch = ConfigLoader.Parse("model: { backbone: { frozen_stages: -1, norm_eval: false } }", "x");
        Assert.Empty(ConfigValidator.Warnings(fromScratch));
    }

    [Fact]
    public void ACropAsLargeAsEveryImage_GivesAWarning()
    {
        const string Text = "load_from: a.pth\ndata: { train: { img_scale: [1024, 1024], random_crop: {}";
        Assert.StartsWith("data.train.random_crop.crop_size is at least 1024 and no resized image is larger than 1024",
            Assert.Single(ConfigValidator.Warnings(ConfigLoader.Parse(Text + " } }", "x"))));
        Assert.Empty(ConfigValidator.Warnings(ConfigLoader.Parse(Text + ", ratio_range: [0.1, 2] } }", "x")));
    }

    [Fact]
    public void StridesThatDifferFromThePyramids_GiveAWarning()
    {
        var config = ConfigLoader.Parse(
            "load_from: a.pth\nmodel: { bbox_head: { anchor_generator: { strides: [4, 8, 16, 32, 64] } } }", "x");
        Assert.StartsWith("model.bbox_head.anchor_generator.strides", Assert.Single(ConfigValidator.Warnings(config)));
    }
}
