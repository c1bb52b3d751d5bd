using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>The key <c>model</c>: backbone, neck, preprocessing; the head has a file of its own.</summary>
static class ModelImport
{
    static readonly string[] TrainingKeys = ["train_cfg", "pretrained", "init_cfg"];

    public static void Read(ImportSection root, ImportTarget target)
    {
        var model = root.Required("model");
        model.UnreadKind = ImportNoteKind.ChangesBoxes;
        // LAD trains a PAA student with a teacher's assignment (Nguyen et al., WACV 2022); its student detects as PAA does.
        // PAA adds nothing to SingleStageDetector; the head is what matters.
        string[] types = target.Trains ? ["PAA", "SingleStageDetector"] : ["PAA", "SingleStageDetector", "LAD"];
        model.ExpectType(types, "PAA", required: true);
        if (model.Type == "LAD")
            model.Ignore("teacher_backbone", "teacher_neck", "teacher_bbox_head", "teacher_ckpt", "eval_teacher");
        BackboneImport.Read(model.Required("backbone"), target);
        ReadNeck(model, target);
        HeadImport.Read(model.Required("bbox_head"), target);
        if (target.Trains)
        {
            // Before MMDetection 2.11 the weights of the backbone stood here.
            if (model.HasValue("pretrained")) model.Move("pretrained", "model.backbone.pretrained");
            model.Ignore("pretrained");
            model.Differs("init_cfg", "None", ImportNoteKind.ChangesTraining, "not done here");
        }
        else model.Ignore(TrainingKeys);
        // Before MMDetection 2.8 these two stood at the root.
        if (target.Trains && (model.Section("train_cfg") ?? OfModel(root, "train_cfg", "assigner")) is { } training)
            HeadImport.ReadTraining(training, target);
        if ((model.Section("test_cfg") ?? OfModel(root, "test_cfg", "nms")) is { } inference) HeadImport.ReadInference(inference);
        if (model.Section("data_preprocessor") is { } preprocessor) ReadPreprocessor(preprocessor, target);
    }

    /// <summary>In MMDetection 3.x the same keys at the root say how the loop runs.</summary>
    static ImportSection? OfModel(ImportSection root, string key, string mark)
    {
        if (root.Take(key) is not ConfigMapping section || !section.Entries.ContainsKey(mark)) return null;
        var below = root.Section(key)!;
        below.UnreadKind = key == "train_cfg" ? ImportNoteKind.ChangesTraining : ImportNoteKind.ChangesBoxes;
        return below;
    }

    static void ReadNeck(ImportSection model, ImportTarget target)
    {
        if (model.Take("neck") is ConfigList list)
            throw new ConfigException(list.Location, "model.neck",
                $"expected one FPN, the only neck there is here, got {list.Items.Count} necks");
        var neck = model.Required("neck");
        neck.ExpectType("FPN", required: true);
        neck.Ignore("in_channels");                                         // follow from the backbone
        neck.Move("out_channels", "model.neck.out_channels");
        neck.Move("num_outs", "model.neck.num_outs");
        neck.Expect("start_level", "1", missing: "0");
        neck.Expect("end_level", "-1");
        neck.Expect("add_extra_convs", "on_output", missing: "False");
        neck.Expect("relu_before_extra_convs", "False");
        neck.Expect("no_norm_on_lateral", "False");
        neck.Expect("norm_cfg", "None");
        neck.Expect("conv_cfg", "None");
        neck.Expect("act_cfg", "None");
        neck.Ignore("extra_convs_on_inputs");                               // no meaning beside add_extra_convs='on_output'
        if (neck.Section("upsample_cfg") is { } upsampling) upsampling.Differs("mode", "nearest", ImportNoteKind.ChangesBoxes);
        if (target.Trains) IgnoreInitialisation(neck);
        else neck.Ignore("init_cfg");
    }

    /// <summary>The only initialisation of neck and head there is here is MMDetection's default.</summary>
    public static void IgnoreInitialisation(ImportSection section) =>
        section.Differs("init_cfg", "None", ImportNoteKind.ChangesTraining, "here MMDetection's default");

    /// <summary>MMDetection 3.x normalises and pads in the model.</summary>
    static void ReadPreprocessor(ImportSection preprocessor, ImportTarget target)
    {
        target.ModelPrepares = true;
        preprocessor.ExpectType("DetDataPreprocessor");
        if (preprocessor.HasValue("mean"))
        {
            preprocessor.Move("mean", "data.img_norm.mean");
            preprocessor.Move("std", "data.img_norm.std");
        }
        else
        {
            preprocessor.Ignore("mean", "std");
            NoNormalisation(target, preprocessor.Location);
        }
        preprocessor.Move("bgr_to_rgb", "data.img_norm.to_rgb", missing: "false");
        preprocessor.Move("pad_size_divisor", "data.size_divisor", missing: "1");
        preprocessor.Ignore("pad_mask", "mask_pad_value", "pad_seg", "seg_pad_value", "boxtype2tensor", "non_blocking");
        preprocessor.Differs("rgb_to_bgr", "False", ImportNoteKind.ChangesBoxes);
        preprocessor.Differs("pad_value", "0", ImportNoteKind.ChangesBoxes);
        if (target.Trains) preprocessor.Differs("batch_augments", "None", ImportNoteKind.ChangesTraining, "not done here");
        else preprocessor.Ignore("batch_augments");
    }

    /// <summary>Pixels stay as they are.</summary>
    public static void NoNormalisation(ImportTarget target, ConfigLocation place)
    {
        target.Set("data.img_norm.mean", ["0", "0", "0"], place);
        target.Set("data.img_norm.std", ["1", "1", "1"], place);
    }
}
