using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

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
