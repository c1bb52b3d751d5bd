using Paa.Configuration;
using Paa.Mmdetection.Python;

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

/// <summary>The key <c>model.backbone</c>.</summary>
static class BackboneImport
{
    const string To = "model.backbone";

    public static void Read(ImportSection backbone, ImportTarget target)
    {
        var type = backbone.Type;
        if (type is not ("ResNet" or "ResNeXt"))
            throw backbone.Take("type") is ConfigUnknown { Name: null } unknown
                ? UnknownValues.Needed(unknown, $"{To}.type")
                : new ConfigException(backbone.Take("type")?.Location ?? backbone.Location, $"{To}.type",
                    $"{PythonLexer.Shorten(type ?? "None")} is not here; ResNet-18/34/50/101/152 and ResNeXt are");
        target.Set($"{To}.type", type, backbone.Location);
        foreach (var key in (string[])["depth", "base_channels", "groups", "base_width"]) backbone.Move(key, $"{To}.{key}");
        if (backbone.HasValue("stage_with_dcn")) backbone.Move("stage_with_dcn", $"{To}.stage_with_dcn");
        backbone.Ignore("stage_with_dcn");
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
        if (backbone.Section("norm_cfg") is { } norm) ReadNorm(norm, target);
        if (backbone.Section("dcn") is { } deformable)
        {
            target.Set($"{To}.dcn.type", deformable.Type ?? "None", deformable.Location);
            deformable.Move("deform_groups", $"{To}.dcn.deform_groups");
            deformable.Move("deformable_groups", $"{To}.dcn.deform_groups");      // before MMDetection 2.1
            deformable.Expect("fallback_on_stride", "False");
        }
        if (target.Trains) ReadTraining(backbone, target);
        else backbone.Ignore("frozen_stages", "norm_eval", "with_cp", "pretrained", "init_cfg", "zero_init_residual");
    }

    static void ReadNorm(ImportSection norm, ImportTarget target)
    {
        if (norm.Type is { } type)
            target.Set($"{To}.norm", type is "BN2d" or "SyncBN" or "MMSyncBN" or "NaiveSyncBN" ? "BN" : type, norm.Location);
        norm.Expect("num_groups", "32");
        norm.Differs("eps", "0.00001", ImportNoteKind.ChangesBoxes, "here 1e-5");
        norm.Differs("momentum", "0.1", ImportNoteKind.ChangesTraining);
        norm.Differs("requires_grad", "True", ImportNoteKind.ChangesTraining);
    }

    static void ReadTraining(ImportSection backbone, ImportTarget target)
    {
        backbone.Move("frozen_stages", $"{To}.frozen_stages", missing: "-1");
        backbone.Move("with_cp", $"{To}.with_cp");
        backbone.Move("norm_eval", $"{To}.norm_eval", missing: "true");
        backbone.Move("pretrained", $"{To}.pretrained");
        backbone.Differs("zero_init_residual", "False", ImportNoteKind.ChangesTraining,
            "not done here; no matter with pretrained weights");
        if (backbone.Take("init_cfg") is not ConfigMapping)
        {
            ModelImport.IgnoreInitialisation(backbone);
            return;
        }
        var weights = backbone.Section("init_cfg")!;
        weights.UnreadKind = ImportNoteKind.ChangesTraining;
        if (weights.Type == "Pretrained") weights.Move("checkpoint", $"{To}.pretrained");
        else target.Note(ImportNoteKind.ChangesTraining, weights.Location, weights.Name,
            "here MMDetection's default, or a checkpoint");
    }
}
