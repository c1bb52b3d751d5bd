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
