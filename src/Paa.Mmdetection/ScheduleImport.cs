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
            OptimizerImport.ReadFactors(optimizer, target);
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
            runner.ExpectType("EpochBasedRunner");
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
        optimizer.Differs("dampening", "0", ImportNoteKind.ChangesTraining);
        optimizer.Differs("amsgrad", "False", ImportNoteKind.ChangesTraining);
        if (double.TryParse(optimizer.Text("eps"), NumberStyles.Float, CultureInfo.InvariantCulture, out var least)
            && least != 1e-8)
            optimizer.Differs("eps", "1e-08", ImportNoteKind.ChangesTraining);
    }

    /// <summary>Factors of rate and decay: beside the optimiser in 3.x, a part of it in 2.x.</summary>
    public static void ReadFactors(ImportSection section, ImportTarget target)
    {
        if (section.HasValue("constructor") && PythonText.Of(section.Take("constructor")!).Split('.')[^1]
            is not ("DefaultOptimizerConstructor" or "DefaultOptimWrapperConstructor"))
            section.Differs("constructor", "DefaultOptimizerConstructor", ImportNoteKind.ChangesTraining);
        section.Ignore("constructor");
        if (section.Section("paramwise_cfg") is not { } factors) return;
        const string To = "optimizer.paramwise_cfg";
        target.Set(To, new ConfigMapping(factors.Location, []));
        foreach (var key in Factors) factors.Move(key, $"{To}.{key}");
        if (factors.Section("custom_keys") is not { } custom) return;
        custom.IgnoreAll();
        factors.Move("custom_keys", $"{To}.custom_keys");
    }
}

/// <summary>The key <c>lr_config</c> of MMDetection 2.x.</summary>
static class RateImport
{
    public static void Read(ImportSection rate, ImportTarget target)
    {
        if (rate.PeekText("policy") == "CosineAnnealing") ReadCosine(rate, target);
        else
        {
            rate.Expect("policy", "step");
            rate.Move("gamma", "lr_config.gamma");
            if (rate.Take("step") is { } steps) target.Set("lr_config.step", steps as ConfigUnknown ?? (ConfigNode)AsList(steps));
            rate.Differs("min_lr", "None", ImportNoteKind.ChangesTraining, "the rate has no lower end here");
            rate.Expect("by_epoch", "True");
        }
        ReadWarmup(rate, target);
    }

    static void ReadCosine(ImportSection rate, ImportTarget target)
    {
        rate.Ignore("policy");
        target.Set("lr_config.policy", "cosine", rate.Location);
        rate.Move("by_epoch", "lr_config.by_epoch", missing: "true");
        if (rate.HasValue("min_lr")) LeastRate.Set(rate.Take("min_lr")!, target);
        rate.Ignore("min_lr");
        if (rate.HasValue("min_lr_ratio")) rate.Move("min_lr_ratio", "lr_config.min_lr_ratio");
        rate.Ignore("min_lr_ratio");
    }

    static void ReadWarmup(ImportSection rate, ImportTarget target)
    {
        if (!rate.HasValue("warmup"))
        {
            rate.Ignore("warmup", "warmup_iters", "warmup_ratio", "warmup_by_epoch");
            target.Set("lr_config.warmup_iters", "0", rate.Location);
            return;
        }
        if (rate.PeekText("warmup") is "constant" or "exp") rate.Move("warmup", "lr_config.warmup");
        else rate.Expect("warmup", "linear");
        rate.Move("warmup_iters", "lr_config.warmup_iters");
        rate.Move("warmup_ratio", "lr_config.warmup_ratio", missing: "0.1");
        rate.Move("warmup_by_epoch", "lr_config.warmup_by_epoch");
    }

    /// <summary>mmcv takes a single number as an interval.</summary>
    static ConfigList AsList(ConfigNode steps) => steps as ConfigList ?? throw new ConfigException(
        steps.Location, "lr_config.step", $"expected a list of epochs, got {steps.Description}; write out [n, 2n, ...]");
}

/// <summary>The rate at the end of a cosine, as a number there and as a fraction of the full rate here.</summary>
static class LeastRate
{
    public static void Set(ConfigNode least, ImportTarget target)
    {
        const string Key = "lr_config.min_lr_ratio";
        var full = target.Tree.Find("optimizer.lr");
        if ((least as ConfigUnknown ?? full as ConfigUnknown) is { } unknown) target.Set(Key, unknown);
        else if (PythonArithmetic.Number(least) is { } end && full is not null
            && PythonArithmetic.Number(full) is > 0 and var rate)
            target.Set(Key, (end / rate).ToString(CultureInfo.InvariantCulture), least.Location);
        else throw new ConfigException(least.Location, Key, "expected the least rate as a number, and optimizer.lr");
    }
}

/// <summary>The key <c>param_scheduler</c> of MMDetection 3.x: a warm-up and what follows it.</summary>
static class ParameterSchedulerImport
{
    public static void Read(ImportSection root, ImportTarget target)
    {
        if (root.Take("param_scheduler") is ConfigUnknown unknown)
        {
            target.Set("lr_config.step", unknown);
            return;
        }
        var schedulers = root.Sections("param_scheduler");
        var (warmups, courses) = (0, 0);
        foreach (var scheduler in schedulers)
        {
            scheduler.UnreadKind = ImportNoteKind.ChangesTraining;
            switch (scheduler.Type)
            {
                case "LinearLR" or "ConstantLR":
                    warmups++;
                    ReadWarmup(scheduler, target);
                    break;
                case "MultiStepLR":
                    courses++;
                    target.Set("lr_config.policy", "step", scheduler.Location);
                    scheduler.Move("milestones", "lr_config.step");
                    scheduler.Move("gamma", "lr_config.gamma");
                    scheduler.Ignore("end");
                    scheduler.Expect("begin", "0");
                    scheduler.Expect("by_epoch", "True");
                    break;
                case "CosineAnnealingLR":
                    courses++;
                    ReadCosine(scheduler, target);
                    break;
                case var other:
                    throw new ConfigException(scheduler.Location, "param_scheduler",
                        $"expected LinearLR, MultiStepLR or CosineAnnealingLR, got {PythonLexer.Shorten(other ?? "None")}");
            }
        }
        if (schedulers.Count > 0 && warmups == 0) target.Set("lr_config.warmup_iters", "0", schedulers[0].Location);
        if (warmups > 1 || courses > 1)
            target.Note(ImportNoteKind.ChangesTraining, schedulers[0].Location, "param_scheduler",
                "here one warm-up and one course after it; the last of each is taken");
        if (schedulers.Count > 0 && courses == 0) target.Set("lr_config.step", [], schedulers[0].Location);
    }

    /// <summary>mmengine's factor is full one iteration before the end that is written.</summary>
    static void ReadWarmup(ImportSection scheduler, ImportTarget target)
    {
        var isLinear = scheduler.Type == "LinearLR";
        if (!isLinear) target.Set("lr_config.warmup", "constant", scheduler.Location);
        scheduler.Move(isLinear ? "start_factor" : "factor", "lr_config.warmup_ratio", missing: "0.3333333333333333");
        scheduler.Expect("end_factor", "1");
        scheduler.Expect("begin", "0");
        var isByEpoch = (scheduler.Text("by_epoch") ?? "true") == "true";
        if (isByEpoch) target.Set("lr_config.warmup_by_epoch", "true", scheduler.Location);
        if (isByEpoch && scheduler.Text("convert_to_iter_based") != "true")
            target.Note(ImportNoteKind.ChangesTraining, scheduler.Location, scheduler.Name,
                "the warm-up advances by iteration here, not by epoch");
        scheduler.Ignore("convert_to_iter_based");
        if (scheduler.Take("end") is not { } end) return;
        if (!isByEpoch && end is PythonScalar { Value: long and > 0 and var iterations })
            target.Set("lr_config.warmup_iters", (iterations - 1).ToString(CultureInfo.InvariantCulture), end.Location);
        else target.Set("lr_config.warmup_iters", end);
    }

    static void ReadCosine(ImportSection scheduler, ImportTarget target)
    {
        target.Set("lr_config.policy", "cosine", scheduler.Location);
        scheduler.Expect("by_epoch", "True");
        var isConverted = scheduler.Text("convert_to_iter_based") == "true";
        target.Set("lr_config.by_epoch", isConverted ? "false" : "true", scheduler.Location);
        scheduler.Move("begin", "lr_config.begin");
        if (scheduler.HasValue("eta_min")) LeastRate.Set(scheduler.Take("eta_min")!, target);
        scheduler.Ignore("eta_min");
        scheduler.Move("eta_min_ratio", "lr_config.min_lr_ratio");
        var length = Number(target.Tree.Find("runner.max_epochs")) - (Number(scheduler.Take("begin")) ?? 0);
        if (length is { } epochs)
            scheduler.Differs("T_max", epochs.ToString(CultureInfo.InvariantCulture), ImportNoteKind.ChangesTraining,
                $"here {epochs}, up to the end of the run");
        scheduler.Ignore("T_max", "end");
    }

    static double? Number(ConfigNode? node) => node is null ? null : PythonArithmetic.Number(node);
}
