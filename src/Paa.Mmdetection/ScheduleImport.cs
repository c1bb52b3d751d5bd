using System.Globalization;
using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>Optimiser, learning rate and length of the training, in the keys of MMDetection 2.x and 3.x.</summary>
static class ScheduleImport
{
    const string AccumulationKey = "optimizer_config.cumulative_iters";

    public static void Read(ImportSection root, ImportTarget target)
    {
        if (Part(root, target, "optimizer", "optimizer.type", "optimizer.lr") is { } optimizer)
        {
            OptimizerImport.Read(optimizer, target);
            OptimizerImport.ReadFactors(optimizer, target, normDecay: "1");
        }
        if (Part(root, target, "optimizer_config", "optimizer_config.grad_clip") is { } hook) ReadHook(hook, target);
        if (Part(root, target, "fp16", "train.amp") is { } half) PrecisionImport.ReadHook(half, target);
        if (Part(root, target, "optim_wrapper", "optimizer.type", "optimizer.lr") is { } wrapper) ReadWrapper(wrapper, target);
        ReadLength(root, target);
        if (Part(root, target, "lr_config", "lr_config.step") is { } rate) RateImport.Read(rate, target);
        if (root.HasValue("param_scheduler")) ParameterSchedulerImport.Read(root, target);
        root.Ignore("param_scheduler");
        if (Part(root, target, "auto_scale_lr", "auto_scale_lr.enable") is { } scaling)
            foreach (var key in (string[])["enable", "base_batch_size"]) scaling.Move(key, $"auto_scale_lr.{key}");
        if (root.HasValue("momentum_config"))
            root.Differs("momentum_config", "None", ImportNoteKind.ChangesTraining, "the momentum is constant here");
    }

    /// <summary>A dict whose unread keys change the training; one that cannot be known makes some of our keys unknown.</summary>
    static ImportSection? Part(ImportSection root, ImportTarget target, string key, params ReadOnlySpan<string> names)
    {
        if (root.Take(key) is not ConfigUnknown unknown)
        {
            var section = root.Section(key);
            if (section is not null) section.UnreadKind = ImportNoteKind.ChangesTraining;
            return section;
        }
        foreach (var name in names) target.Set(name, unknown);
        return null;
    }

    static void ReadHook(ImportSection hook, ImportTarget target)
    {
        switch (hook.Type)
        {
            case null or "OptimizerHook" or "GradientCumulativeOptimizerHook":
                break;
            case "Fp16OptimizerHook" or "GradientCumulativeFp16OptimizerHook":
                PrecisionImport.ReadHook(hook, target);
                break;
            case var other:
                target.Note(ImportNoteKind.ChangesTraining, hook.Location, $"{hook.Name}.type",
                    $"{PythonLexer.Shorten(other)} is not known here");
                break;
        }
        hook.Move("cumulative_iters", AccumulationKey);
        ReadClipping(hook, "grad_clip");
        hook.Ignore("detect_anomalous_params");
    }

    static void ReadWrapper(ImportSection wrapper, ImportTarget target)
    {
        switch (wrapper.Type)
        {
            case null or "OptimWrapper":
                break;
            case "AmpOptimWrapper":
                PrecisionImport.ReadWrapper(wrapper, target);
                break;
            case var other:
                throw new ConfigException(wrapper.Location, $"{wrapper.Name}.type",
                    $"expected OptimWrapper or AmpOptimWrapper, got {PythonLexer.Shorten(other)}");
        }
        OptimizerImport.Read(wrapper.Required("optimizer"), target);
        OptimizerImport.ReadFactors(wrapper, target);
        wrapper.Move("accumulative_counts", AccumulationKey);
        ReadClipping(wrapper, "clip_grad");
    }

    static void ReadClipping(ImportSection section, string key)
    {
        if (section.Section(key) is not { } clip) return;
        clip.Move("max_norm", "optimizer_config.grad_clip.max_norm");
        clip.Expect("norm_type", "2");
        clip.Differs("error_if_nonfinite", "False", ImportNoteKind.ChangesTraining);
    }

    static void ReadLength(ImportSection root, ImportTarget target)
    {
        if (Part(root, target, "runner", "runner.max_epochs") is { } runner)
        {
            runner.ExpectType(["EpochBasedRunner", "EpochBasedRunnerAmp"], "EpochBasedRunner");
            if (runner.Type == "EpochBasedRunnerAmp")
                target.Note(ImportNoteKind.ChangesTraining, runner.Location, "runner.type",
                    "Apex's mixed precision is not here; train.amp is PyTorch's");
            runner.Move("max_epochs", "runner.max_epochs");
            var older = root.PeekText("total_epochs");
            if (older is not null && older != runner.PeekText("max_epochs"))
                throw new ConfigException(runner.Location, "total_epochs",
                    $"is {older}, but runner.max_epochs {runner.PeekText("max_epochs")}; MMDetection refuses this, too");
        }
        root.Move("total_epochs", "runner.max_epochs");                     // before MMDetection 2.5
        if (Part(root, target, "train_cfg", "runner.max_epochs") is not { } loop) return;
        if (loop.Has("assigner")) return;                                   // MMDetection before 2.7: part of the model
        loop.ExpectType("EpochBasedTrainLoop");
        loop.Move("max_epochs", "runner.max_epochs");
        loop.Move("val_interval", "evaluation.interval");
        loop.Differs("val_begin", "1", ImportNoteKind.Meaningless, "evaluated from the first epoch on");
        if (loop.HasValue("dynamic_intervals"))
            loop.Differs("dynamic_intervals", "None", ImportNoteKind.Meaningless, "evaluated as val_interval says");
        loop.Ignore("dynamic_intervals");
    }
}

/// <summary>The optimiser.</summary>
static class OptimizerImport
{
    static readonly string[] Factors =
    [
        "bias_lr_mult", "bias_decay_mult", "norm_decay_mult", "dwconv_decay_mult", "dcn_offset_lr_mult", "flat_decay_mult",
        "bypass_duplicate",
    ];

    public static void Read(ImportSection optimizer, ImportTarget target)
    {
        optimizer.UnreadKind = ImportNoteKind.ChangesTraining;
        var isAdam = optimizer.Type == "AdamW";
        if (optimizer.Type is { } type) target.Set("optimizer.type", type, optimizer.Take("type")!.Location);
        else optimizer.Move("type", "optimizer.type");
        optimizer.Move("lr", "optimizer.lr");
        optimizer.Move("momentum", "optimizer.momentum", missing: isAdam ? null : "0");
        optimizer.Move("nesterov", "optimizer.nesterov");
        optimizer.Move("weight_decay", "optimizer.weight_decay", missing: isAdam ? "0.01" : "0");
        optimizer.Move("betas", "optimizer.betas");
        optimizer.Ignore("foreach", "fused", "capturable", "differentiable");       // how it is computed
        optimizer.Differs("dampening", "0", ImportNoteKind.ChangesTraining);
        optimizer.Differs("amsgrad", "False", ImportNoteKind.ChangesTraining);
        if (double.TryParse(optimizer.Text("eps"), NumberStyles.Float, CultureInfo.InvariantCulture, out var least)
            && least != 1e-8)
            optimizer.Differs("eps", "1e-08", ImportNoteKind.ChangesTraining);
    }

    /// <summary>Factors of rate and decay: beside the optimiser in 3.x, a part of it in 2.x.</summary>
    /// <param name="section">The optimiser or its wrapper.</param>
    /// <param name="target">Receives them.</param>
    /// <param name="normDecay">The factor of norms if none is set: in mmcv 1, so that bias_decay_mult leaves them.</param>
    public static void ReadFactors(ImportSection section, ImportTarget target, string? normDecay = null)
    {
        if (section.HasValue("constructor") && PythonText.Of(section.Take("constructor")!).Split('.')[^1]
            is not ("DefaultOptimizerConstructor" or "DefaultOptimWrapperConstructor"))
            section.Differs("constructor", "DefaultOptimizerConstructor", ImportNoteKind.ChangesTraining);
        section.Ignore("constructor");
        if (section.Section("paramwise_cfg") is not { } factors) return;
        const string To = "optimizer.paramwise_cfg";
        target.Set(To, new ConfigMapping(factors.Location, []));
        foreach (var key in Factors) factors.Move(key, $"{To}.{key}", missing: key == "norm_decay_mult" ? normDecay : null);
        if (factors.Section("custom_keys") is not { } custom) return;
        custom.IgnoreAll();
        factors.Move("custom_keys", $"{To}.custom_keys");
    }
}
