using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>The keys <c>model.bbox_head</c>, <c>train_cfg</c> and <c>test_cfg</c>.</summary>
static class HeadImport
{
    const string To = "model.bbox_head";

    public static void Read(ImportSection head, ImportTarget target)
    {
        string[] types = target.Trains ? ["PAAHead"] : ["PAAHead", "LADHead"];
        head.ExpectType(types, "PAAHead", required: true);
        head.Ignore("in_channels");                                         // follow from the neck
        foreach (var key in (string[])["num_classes", "stacked_convs", "feat_channels", "score_voting"])
            head.Move(key, $"{To}.{key}");
        head.Expect("pred_kernel_size", "3");
        head.Expect("conv_cfg", "None");
        if (head.Section("norm_cfg") is { } norm)
        {
            norm.ExpectType("GN");
            norm.Expect("num_groups", "32");
            norm.Differs("requires_grad", "True", ImportNoteKind.ChangesTraining);
        }
        if (head.Section("anchor_generator") is { } anchors) ReadAnchors(anchors, target);
        if (head.Section("bbox_coder") is { } coder)
        {
            coder.ExpectType("DeltaXYWHBBoxCoder");
            coder.Expect("target_means", "[0, 0, 0, 0]");
            coder.Expect("target_stds", "[0.1, 0.1, 0.2, 0.2]");
            coder.Differs("clip_border", "True", ImportNoteKind.ChangesBoxes);
            coder.Differs("add_ctr_clamp", "False", ImportNoteKind.ChangesBoxes);
        }
        if (!target.Trains)
        {
            head.Ignore("topk", "covariance_type", "reg_decoded_bbox", "loss_cls", "loss_bbox", "loss_centerness", "init_cfg",
                "train_cfg");
            return;
        }
        head.Move("topk", $"{To}.topk");
        head.Move("covariance_type", $"{To}.covariance_type");
        head.Expect("reg_decoded_bbox", "True");
        ModelImport.IgnoreInitialisation(head);
        ReadLosses(head, target);
    }

    static void ReadAnchors(ImportSection anchors, ImportTarget target)
    {
        anchors.ExpectType("AnchorGenerator");
        anchors.Expect("ratios", "[1]");
        anchors.Expect("scales_per_octave", "1");
        anchors.Expect("center_offset", "0");
        anchors.Expect("centers", "None");
        anchors.Expect("base_sizes", "None");
        anchors.Ignore("scale_major", "use_box_type");                      // an order of several anchors a place
        anchors.Move("strides", $"{To}.anchor_generator.strides");
        if (anchors.Take("scales") is ConfigList { Items: [var only] })
            target.Set($"{To}.anchor_generator.octave_base_scale", only);
        else anchors.Expect("scales", "None");
        if (anchors.HasValue("octave_base_scale")) anchors.Move("octave_base_scale", $"{To}.anchor_generator.octave_base_scale");
        anchors.Ignore("octave_base_scale");
    }

    static void ReadLosses(ImportSection head, ImportTarget target)
    {
        if (head.Section("loss_cls") is { } classes)
        {
            classes.UnreadKind = ImportNoteKind.ChangesTraining;
            classes.ExpectType("FocalLoss");
            classes.Expect("use_sigmoid", "True");
            foreach (var key in (string[])["gamma", "alpha", "loss_weight"]) classes.Move(key, $"{To}.loss_cls.{key}");
            classes.Differs("activated", "False", ImportNoteKind.ChangesTraining);
            classes.Differs("reduction", "mean", ImportNoteKind.ChangesTraining);
        }
        if (head.Section("loss_bbox") is { } boxes)
        {
            boxes.UnreadKind = ImportNoteKind.ChangesTraining;
            boxes.ExpectType("GIoULoss");
            boxes.Move("loss_weight", $"{To}.loss_bbox.loss_weight", missing: "1");
            boxes.Differs("reduction", "mean", ImportNoteKind.ChangesTraining);
        }
        if (head.Section("loss_centerness") is { } iou)
        {
            iou.UnreadKind = ImportNoteKind.ChangesTraining;
            iou.ExpectType("CrossEntropyLoss");
            iou.Expect("use_sigmoid", "True", missing: "False");
            iou.Move("loss_weight", $"{To}.loss_centerness.loss_weight", missing: "1");
            iou.Differs("reduction", "mean", ImportNoteKind.ChangesTraining);
        }
    }

    /// <summary>The first stage of the assignment.</summary>
    public static void ReadTraining(ImportSection training, ImportTarget target)
    {
        training.UnreadKind = ImportNoteKind.ChangesTraining;
        training.Expect("allowed_border", "-1");
        training.Expect("pos_weight", "-1");
        training.Ignore("debug");
        if (training.Optional("sampler") is { } sampler && sampler.Type != "PseudoSampler")
            target.Note(ImportNoteKind.ChangesTraining, sampler.Location, sampler.Name, "every anchor is used here");
        if (training.Section("assigner") is not { } assigner) return;
        assigner.ExpectType("MaxIoUAssigner");
        foreach (var key in (string[])
            ["pos_iou_thr", "neg_iou_thr", "min_pos_iou", "ignore_iof_thr", "match_low_quality", "gt_max_assign_all"])
            assigner.Move(key, $"model.train_cfg.assigner.{key}");
        assigner.Ignore("gpu_assign_thr");                                  // where it is computed
        assigner.Differs("ignore_wrt_candidates", "True", ImportNoteKind.ChangesTraining);
        if (assigner.Optional("iou_calculator") is not { } calculator) return;
        if (calculator.Type != "BboxOverlaps2D")
            target.Note(ImportNoteKind.ChangesTraining, calculator.Location, calculator.Name, "here the IoU, BboxOverlaps2D");
        calculator.Differs("scale", "1", ImportNoteKind.ChangesTraining);
        calculator.Ignore("dtype");
    }

    /// <summary>Post-processing.</summary>
    public static void ReadInference(ImportSection inference)
    {
        inference.UnreadKind = ImportNoteKind.ChangesBoxes;
        foreach (var key in (string[])["nms_pre", "score_thr", "max_per_img"]) inference.Move(key, $"model.test_cfg.{key}");
        inference.Ignore("min_bbox_size", "score_voting");                  // MMDetection's PAA head does not read them here
        if (inference.Section("nms") is not { } nms) return;
        const string Threshold = "model.test_cfg.nms_iou_threshold";
        nms.Move("iou_thr", Threshold);                                     // before MMDetection 2.2
        nms.Move("iou_threshold", Threshold);
        nms.Move("class_agnostic", "model.test_cfg.nms_class_agnostic");
        nms.Differs("split_thr", "10000", ImportNoteKind.ChangesBoxes);
        nms.Differs("max_num", "-1", ImportNoteKind.ChangesBoxes);
        if (nms.Type is null or "nms") return;
        nms.Differs("type", "nms", ImportNoteKind.ChangesBoxes, "here nms with this threshold");
    }
}
