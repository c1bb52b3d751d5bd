using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>Mixed precision: <c>fp16 = dict(...)</c> of MMDetection 2.x, that is mmcv's <c>Fp16OptimizerHook</c>, and the
/// <c>AmpOptimWrapper</c> of 3.x.</summary>
static class PrecisionImport
{
    const string ScaleKey = "train.loss_scale";
    const string HookScale = "512";     // of a hook that names none

    /// <summary>Arguments of <c>Fp16OptimizerHook</c>.</summary>
    public static void ReadHook(ImportSection hook, ImportTarget target)
    {
        if (hook.Type is not (null or "Fp16OptimizerHook" or "GradientCumulativeFp16OptimizerHook"))
            target.Note(ImportNoteKind.ChangesTraining, hook.Location, $"{hook.Name}.type",
                $"{Python.PythonLexer.Shorten(hook.Type)} is not known here");
        target.Set("train.amp", "fp16", hook.Location);
        ReadScale(hook, target, missing: HookScale);
        hook.UnreadKind = ImportNoteKind.ChangesTraining;
        hook.Ignore("distributed", "coalesce", "bucket_size_mb");       // how gradients travel: the reducer's business here
    }

    /// <summary>Arguments of <c>AmpOptimWrapper</c>, but those of every wrapper.</summary>
    public static void ReadWrapper(ImportSection wrapper, ImportTarget target)
    {
        var dtype = wrapper.Text("dtype");
        var amp = dtype switch
        {
            null or "float16" => "fp16",
            "bfloat16" => "bf16",
            _ => throw new ConfigException(wrapper.Location, "optim_wrapper.dtype", $"expected float16 or bfloat16, got {dtype}"),
        };
        target.Set("train.amp", amp, wrapper.Location);
        if (amp == "fp16") ReadScale(wrapper, target, missing: "dynamic");
        else wrapper.Ignore("loss_scale");          // bfloat16 has the range of single precision
    }

    /// <summary><c>'dynamic'</c>, a number that stays, or a dict of arguments of <c>GradScaler</c>.</summary>
    static void ReadScale(ImportSection section, ImportTarget target, string missing)
    {
        if (section.Take("loss_scale") is ConfigMapping)
        {
            ReadArguments(section.Section("loss_scale")!, target);
            return;
        }
        var scale = section.Text("loss_scale") ?? missing;
        var isDynamic = scale == "dynamic";
        target.Set($"{ScaleKey}.mode", isDynamic ? "dynamic" : "static", section.Location);
        if (isDynamic) return;
        if (section.Take("loss_scale") is { } number) target.Set($"{ScaleKey}.init_scale", number);
        else target.Set($"{ScaleKey}.init_scale", scale, section.Location);
    }

    static void ReadArguments(ImportSection scaler, ImportTarget target)
    {
        scaler.Move("mode", $"{ScaleKey}.mode");
        foreach (var key in (string[])["init_scale", "growth_factor", "backoff_factor", "growth_interval"])
            scaler.Move(key, $"{ScaleKey}.{key}");
        scaler.Expect("enabled", "True");
    }
}
