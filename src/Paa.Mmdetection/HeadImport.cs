namespace Paa.Mmdetection;

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
