namespace Paa.Mmdetection;

/// <summary>The key <c>model</c>: backbone, neck, preprocessing; the head has a file of its own.</summary>
static class ModelImport
{
    public static void Read(ImportSection root, ImportTarget target)
    {
        var model = root.Required("model");
        model.Expect("type", "PAA", missing: "None");
        ReadBackbone(model.Required("backbone"), target);
        model.Move("pretrained", target, "model.backbone.pretrained");      // before MMDetection 2.11
        ReadNeck(model.Required("neck"), target);
        HeadImport.Read(model.Required("bbox_head"), target);
        // Before MMDetection 2.7 these two stood at the root.
        if ((model.Section("train_cfg") ?? root.Section("train_cfg")) is { } training) HeadImport.ReadTraining(training, target);
        if ((model.Section("test_cfg") ?? root.Section("test_cfg")) is { } inference) HeadImport.ReadInference(inference, target);
        if (model.Section("data_preprocessor") is { } preprocessor) ReadPreprocessor(preprocessor, target);
    }

    static void ReadBackbone(ImportSection backbone, ImportTarget target)
    {
        const string To = "model.backbone";
        backbone.Move("type", target, $"{To}.type");
        backbone.Move("depth", target, $"{To}.depth");
        backbone.Move("base_channels", target, $"{To}.base_channels");
        backbone.Move("groups", target, $"{To}.groups");
        backbone.Move("base_width", target, $"{To}.base_width");
        backbone.Move("frozen_stages", target, $"{To}.frozen_stages", missing: "-1");
        backbone.Move("with_cp", target, $"{To}.with_cp");
        backbone.Move("norm_eval", target, $"{To}.norm_eval", missing: "true");
        backbone.Move("pretrained", target, $"{To}.pretrained");
        backbone.Move("stage_with_dcn", target, $"{To}.stage_with_dcn");
        backbone.Expect("in_channels", "3");
        backbone.Expect("num_stages", "4");
        backbone.Expect("strides", "[1, 2, 2, 2]");
        backbone.Expect("dilations", "[1, 1, 1, 1]");
        backbone.Expect("out_indices", "[0, 1, 2, 3]");
        backbone.Expect("style", "pytorch");
        backbone.Expect("deep_stem", "False");
        backbone.Expect("avg_down", "False");
        backbone.Expect("conv_cfg", "None");
        backbone.Expect("plugins", "None");
        if (backbone.Section("norm_cfg") is { } norm)
        {
            norm.Move("type", target, $"{To}.norm");
            norm.Expect("requires_grad", "True");
            norm.Expect("num_groups", "32");
        }
        if (backbone.Section("dcn") is { } deformable)
        {
            deformable.Move("type", target, $"{To}.dcn.type");
            deformable.Move("deform_groups", target, $"{To}.dcn.deform_groups");
            deformable.Move("deformable_groups", target, $"{To}.dcn.deform_groups");      // before MMDetection 2.1
            deformable.Expect("fallback_on_stride", "False");
        }
        if (backbone.Section("init_cfg") is { } weights)
        {
            weights.Expect("type", "Pretrained");
            weights.Move("checkpoint", target, $"{To}.pretrained");
        }
    }

    static void ReadNeck(ImportSection neck, ImportTarget target)
    {
        neck.Expect("type", "FPN", missing: "None");
        neck.Ignore("in_channels");                                         // follow from the backbone
        neck.Move("out_channels", target, "model.neck.out_channels");
        neck.Move("num_outs", target, "model.neck.num_outs");
        neck.Expect("start_level", "1", missing: "0");
        neck.Expect("end_level", "-1");
        neck.Expect("add_extra_convs", "on_output", missing: "False");
        neck.Expect("relu_before_extra_convs", "False");
        neck.Expect("no_norm_on_lateral", "False");
        neck.Expect("norm_cfg", "None");
        neck.Expect("conv_cfg", "None");
        neck.Expect("act_cfg", "None");
    }

    /// <summary>MMDetection 3.x normalises and pads in the model.</summary>
    static void ReadPreprocessor(ImportSection preprocessor, ImportTarget target)
    {
        preprocessor.Expect("type", "DetDataPreprocessor");
        preprocessor.Move("mean", target, "data.img_norm.mean");
        preprocessor.Move("std", target, "data.img_norm.std");
        preprocessor.Move("bgr_to_rgb", target, "data.img_norm.to_rgb", missing: "false");
        preprocessor.Move("pad_size_divisor", target, "data.size_divisor", missing: "1");
        preprocessor.Ignore("pad_mask");
    }
}

/// <summary>The keys <c>model.bbox_head</c>, <c>train_cfg</c> and <c>test_cfg</c>.</summary>
static class HeadImport
{
    const string To = "model.bbox_head";

    public static void Read(ImportSection head, ImportTarget target)
    {
        head.Expect("type", "PAAHead", missing: "None");
        head.Ignore("in_channels");                                         // follow from the neck
        foreach (var key in (string[])["num_classes", "stacked_convs", "feat_channels", "topk", "score_voting"])
            head.Move(key, target, $"{To}.{key}");
        head.Expect("reg_decoded_bbox", "True");
        head.Expect("covariance_type", "diag");
        head.Expect("pred_kernel_size", "3");
        head.Expect("conv_cfg", "None");
        if (head.Section("norm_cfg") is { } norm)
        {
            norm.Expect("type", "GN");
            norm.Expect("num_groups", "32");
            norm.Expect("requires_grad", "True");
        }
        if (head.Section("anchor_generator") is { } anchors)
        {
            anchors.Expect("type", "AnchorGenerator");
            anchors.Expect("ratios", "[1]");
            anchors.Expect("scales_per_octave", "1");
            anchors.Expect("center_offset", "0");
            anchors.Move("octave_base_scale", target, $"{To}.anchor_generator.octave_base_scale");
            anchors.Move("strides", target, $"{To}.anchor_generator.strides");
        }
        if (head.Section("bbox_coder") is { } coder)
        {
            coder.Expect("type", "DeltaXYWHBBoxCoder");
            coder.Expect("target_means", "[0, 0, 0, 0]");
            coder.Expect("target_stds", "[0.1, 0.1, 0.2, 0.2]");
        }
        ReadLosses(head, target);
    }

    static void ReadLosses(ImportSection head, ImportTarget target)
    {
        if (head.Section("loss_cls") is { } classes)
        {
            classes.Expect("type", "FocalLoss");
            classes.Expect("use_sigmoid", "True");
            foreach (var key in (string[])["gamma", "alpha", "loss_weight"])
                classes.Move(key, target, $"{To}.loss_cls.{key}");
        }
        if (head.Section("loss_bbox") is { } boxes)
        {
            boxes.Expect("type", "GIoULoss");
            boxes.Move("loss_weight", target, $"{To}.loss_bbox.loss_weight", missing: "1");
        }
        if (head.Section("loss_centerness") is { } iou)
        {
            iou.Expect("type", "CrossEntropyLoss");
            iou.Expect("use_sigmoid", "True", missing: "False");
            iou.Move("loss_weight", target, $"{To}.loss_centerness.loss_weight", missing: "1");
        }
    }

    /// <summary>The first stage of the assignment.</summary>
    public static void ReadTraining(ImportSection training, ImportTarget target)
    {
        training.Expect("allowed_border", "-1");
        training.Expect("pos_weight", "-1");
        training.Ignore("debug");
        if (training.Section("assigner") is not { } assigner) return;
        assigner.Expect("type", "MaxIoUAssigner");
        foreach (var key in (string[])
            ["pos_iou_thr", "neg_iou_thr", "min_pos_iou", "ignore_iof_thr", "match_low_quality", "gt_max_assign_all"])
            assigner.Move(key, target, $"model.train_cfg.assigner.{key}");
    }

    /// <summary>Post-processing.</summary>
    public static void ReadInference(ImportSection inference, ImportTarget target)
    {
        foreach (var key in (string[])["nms_pre", "score_thr", "max_per_img"])
            inference.Move(key, target, $"model.test_cfg.{key}");
        inference.Expect("min_bbox_size", "0");
        if (inference.Section("nms") is not { } nms) return;
        nms.Expect("type", "nms");
        nms.Move("iou_thr", target, "model.test_cfg.nms_iou_threshold");          // before MMDetection 2.2
        nms.Move("iou_threshold", target, "model.test_cfg.nms_iou_threshold");
    }
}
