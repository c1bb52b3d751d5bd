using Paa.Options;

namespace Paa.Configuration;

/// <summary>Checks the network, the assignment and the post-processing of a configuration.</summary>
/// <param name="locate">Returns where the value of a key was written.</param>
sealed class ModelChecks(Func<string, ConfigLocation> locate) : ConfigChecks(locate)
{
    const int MaxStackedConvs = 64; // far beyond any use

    /// <exception cref="ConfigException">
    /// A value is out of range or conflicts with another; the message names the first.
    /// </exception>
    public void Check(ModelOptions model)
    {
        CheckBackbone(model.Backbone);
        CheckHead(model);
        CheckAssignmentAndInference(model);
    }

    void CheckBackbone(BackboneOptions backbone)
    {
        const string Path = "model.backbone";
        Require(backbone.Depth is 18 or 34 or 50 or 101 or 152, $"{Path}.depth", "one of 18, 34, 50, 101, 152", backbone.Depth);
        RequireChannels(backbone.BaseChannels, $"{Path}.base_channels");
        CheckGroups(backbone, Path);
        CheckDeformable(backbone, Path);
        if (backbone.Norm == NormKind.GN)
            Require(backbone.BaseChannels % GroupCount == 0, $"{Path}.base_channels",
                $"a multiple of {GroupCount} (norm is GN)", backbone.BaseChannels);
        Require(backbone.FrozenStages is >= -1 and <= 4, $"{Path}.frozen_stages", "-1 (none) to 4", backbone.FrozenStages);
    }

    void CheckGroups(BackboneOptions backbone, string path)
    {
        RequireChannels(backbone.Groups, $"{path}.groups");
        RequireChannels(backbone.BaseWidth, $"{path}.base_width");
        RequireChannels(backbone.Groups * backbone.BaseWidth, $"{path}.base_width times groups");
        Require(backbone.Kind == BackboneKind.ResNeXt || backbone.Groups == 1, $"{path}.groups",
            "1 for a ResNet (set type to ResNeXt for more)", backbone.Groups);
        Require(backbone.Kind == BackboneKind.ResNet || HasBottlenecks(backbone), $"{path}.depth",
            "50, 101 or 152 for a ResNeXt", backbone.Depth);
        var width = backbone.BaseWidth * backbone.Groups;
        Require(backbone.Norm == NormKind.BN || backbone.Groups == 1 || width % GroupCount == 0, $"{path}.base_width",
            $"groups times base_width to be a multiple of {GroupCount} (norm is GN)", width);
    }

    void CheckDeformable(BackboneOptions backbone, string path)
    {
        Require(backbone.DeformableStages.Length == 4, $"{path}.stage_with_dcn", "4 values, for C2 to C5",
            backbone.DeformableStages.Length);
        var isUsed = backbone.DeformableStages.Contains(true);
        if (backbone.Deformable is not { } deformable)
        {
            Require(!isUsed, $"{path}.stage_with_dcn", "only false while dcn is null", "true");
            return;
        }
        Require(isUsed, $"{path}.stage_with_dcn", "a stage with true, as dcn is set", "only false");
        Require(HasBottlenecks(backbone), $"{path}.dcn", "depth 50, 101 or 152, whose blocks can be deformable", backbone.Depth);
        RequireAtLeast(1, deformable.OffsetGroups, $"{path}.dcn.deform_groups");
        var width = backbone.Groups == 1 ? backbone.BaseChannels : backbone.BaseWidth * backbone.Groups;
        Require(width % deformable.OffsetGroups == 0, $"{path}.dcn.deform_groups",
            $"a divisor of the {width} channels of C2's 3x3 convolutions", deformable.OffsetGroups);
    }

    static bool HasBottlenecks(BackboneOptions backbone) => backbone.Depth >= 50;

    void CheckHead(ModelOptions model)
    {
        const string Path = "model.bbox_head";
        RequireChannels(model.Neck.Channels, "model.neck.out_channels");
        Require(model.Neck.LevelCount is >= 3 and <= 8, "model.neck.num_outs", "3 to 8", model.Neck.LevelCount);

        var head = model.Head;
        RequireChannels(head.ClassCount, $"{Path}.num_classes");
        RequireChannels(head.TowerChannels, $"{Path}.feat_channels");
        Require(head.TowerDepth is >= 1 and <= MaxStackedConvs, $"{Path}.stacked_convs",
            $"1 to {MaxStackedConvs}", head.TowerDepth);
        Require(head.TowerChannels > 0 && head.TowerChannels % GroupCount == 0, $"{Path}.feat_channels",
            $"a positive multiple of {GroupCount} (group norm has {GroupCount} groups)", head.TowerChannels);
        RequireAtLeast(1, head.TopK, $"{Path}.topk");
        RequirePositive(head.Anchors.Scale, $"{Path}.anchor_generator.octave_base_scale");
        var strides = head.Anchors.Strides;
        Require(strides.Length == model.Neck.LevelCount, $"{Path}.anchor_generator.strides",
            $"{model.Neck.LevelCount} strides, one for each of model.neck.num_outs", strides.Length);
        Require(IsPositiveAndAscending(strides), $"{Path}.anchor_generator.strides",
            "positive strides, ascending", List(strides));
        RequireAtLeastZero(head.ClassificationLoss.Weight, $"{Path}.loss_cls.loss_weight");
        RequireAtLeastZero(head.ClassificationLoss.Gamma, $"{Path}.loss_cls.gamma");
        RequireFraction(head.ClassificationLoss.Alpha, $"{Path}.loss_cls.alpha");
        RequireAtLeastZero(head.BoxLoss.Weight, $"{Path}.loss_bbox.loss_weight");
        RequireAtLeastZero(head.IouLoss.Weight, $"{Path}.loss_centerness.loss_weight");
    }

    void CheckAssignmentAndInference(ModelOptions model)
    {
        const string Path = "model.train_cfg.assigner";
        var matcher = model.Assignment.Matcher;
        RequireFraction(matcher.PositiveIouThreshold, $"{Path}.pos_iou_thr");
        RequireFraction(matcher.NegativeIouThreshold, $"{Path}.neg_iou_thr");
        RequireFraction(matcher.MinPositiveIou, $"{Path}.min_pos_iou");
        Require(matcher.NegativeIouThreshold <= matcher.PositiveIouThreshold, $"{Path}.neg_iou_thr",
            $"at most pos_iou_thr, {Number(matcher.PositiveIouThreshold)}", matcher.NegativeIouThreshold);
        Require(matcher.IgnoreIofThreshold is -1 or (>= 0 and <= 1), $"{Path}.ignore_iof_thr",
            "-1 (off) or 0 to 1", matcher.IgnoreIofThreshold);

        var test = model.PostProcessing;
        RequireCountOrAll(test.PreNmsTopK, "model.test_cfg.nms_pre");
        RequireFraction(test.ScoreThreshold, "model.test_cfg.score_thr");
        RequireFraction(test.NmsIouThreshold, "model.test_cfg.nms_iou_threshold");
        RequireCountOrAll(test.MaxDetections, "model.test_cfg.max_per_img");
    }
}
