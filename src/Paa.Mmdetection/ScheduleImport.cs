using Paa.Configuration;

namespace Paa.Mmdetection;

/// <summary>Optimiser, learning rate and length of the training, in the keys of MMDetection 2.x and 3.x.</summary>
static class ScheduleImport
{
    const string AccumulationKey = "optimizer_config.cumulative_iters";

    public static void Read(ImportSection root, ImportTarget target)
    {
        if (root.Section("optimizer") is { } optimizer) ReadOptimizer(optimizer, target);
        if (root.Section("optimizer_config") is { } hook)
        {
            if (hook.PeekText("type") is "OptimizerHook" or "GradientCumulativeOptimizerHook") hook.Ignore("type");
            hook.Move("cumulative_iters", target, AccumulationKey);
            ReadClipping(hook, "grad_clip", target);
        }
        if (root.Section("fp16") is { } half) PrecisionImport.ReadHook(half, target);
        if (root.Section("optim_wrapper") is { } wrapper)
        {
            if (wrapper.PeekText("type") == "OptimWrapper") wrapper.Ignore("type");
            if (wrapper.PeekText("type") == "AmpOptimWrapper") PrecisionImport.ReadWrapper(wrapper, target);
            ReadOptimizer(wrapper.Required("optimizer"), target);
            wrapper.Move("accumulative_counts", target, AccumulationKey);
            ReadClipping(wrapper, "clip_grad", target);
        }
        if (root.Section("lr_config") is { } rate) ReadRate(rate, target);
        if (root.Has("param_scheduler")) ParameterSchedulerImport.Read(root, target);
        if (root.Section("auto_scale_lr") is { } scaling)
            foreach (var key in (string[])["enable", "base_batch_size"]) scaling.Move(key, target, $"auto_scale_lr.{key}");
        ReadLength(root, target);
    }

    static void ReadOptimizer(ImportSection optimizer, ImportTarget target)
    {
        var isAdam = optimizer.PeekText("type") == "AdamW";
        optimizer.Move("type", target, "optimizer.type");
        optimizer.Move("lr", target, "optimizer.lr");
        optimizer.Move("momentum", target, "optimizer.momentum", missing: isAdam ? null : "0");
        optimizer.Move("weight_decay", target, "optimizer.weight_decay", missing: isAdam ? "0.01" : "0");
        optimizer.Move("betas", target, "optimizer.betas");
    }

    static void ReadClipping(ImportSection section, string key, ImportTarget target)
    {
        if (section.Section(key) is not { } clip) return;
        clip.Move("max_norm", target, "optimizer_config.grad_clip.max_norm");
        clip.Expect("norm_type", "2");
    }

    static void ReadRate(ImportSection rate, ImportTarget target)
    {
        var isCosine = rate.PeekText("policy") == "CosineAnnealing";
        if (isCosine)
        {
            rate.Ignore("policy");
            target.Set("lr_config.policy", "cosine", rate.Location);
            rate.Move("min_lr_ratio", target, "lr_config.min_lr_ratio");
            rate.Expect("min_lr", "0");
        }
        else
        {
            rate.Expect("policy", "step");
            rate.Move("gamma", target, "lr_config.gamma");
            if (rate.Take("step") is { } steps) target.Set("lr_config.step", AsList(steps));
        }
        rate.Expect("by_epoch", "True");
        rate.Expect("warmup_by_epoch", "False");
        if (rate.PeekText("warmup") is null)
        {
            rate.Ignore("warmup", "warmup_iters", "warmup_ratio");
            target.Set("lr_config.warmup_iters", "0", rate.Location);
            return;
        }
        rate.Expect("warmup", "linear");
        rate.Move("warmup_iters", target, "lr_config.warmup_iters");
        rate.Move("warmup_ratio", target, "lr_config.warmup_ratio", missing: "0.1");
    }

    /// <summary>mmcv takes a single number as an interval.</summary>
    static ConfigList AsList(ConfigNode steps) => steps as ConfigList ?? throw new ConfigException(
        steps.Location, "lr_config.step", $"expected a list of epochs, got {steps.Description}; write out [n, 2n, ...]");

    static void ReadLength(ImportSection root, ImportTarget target)
    {
        if (root.Section("runner") is { } runner)
        {
            runner.Expect("type", "EpochBasedRunner");
            runner.Move("max_epochs", target, "runner.max_epochs");
            var older = root.PeekText("total_epochs");
            if (older is not null && older != runner.PeekText("max_epochs"))
                throw new ConfigException(runner.Location, "total_epochs",
                    $"is {older}, but runner.max_epochs {runner.PeekText("max_epochs")}; MMDetection refuses this, too");
        }
        root.Move("total_epochs", target, "runner.max_epochs");             // before MMDetection 2.5
        if (root.Section("train_cfg") is not { } loop) return;
        if (loop.Has("assigner")) return;                                   // MMDetection before 2.7: part of the model
        loop.Expect("type", "EpochBasedTrainLoop");
        loop.Move("max_epochs", target, "runner.max_epochs");
        loop.Move("val_interval", target, "evaluation.interval");
    }
}

/// <summary>The key <c>param_scheduler</c> of MMDetection 3.x: a warm-up and what follows it.</summary>
static class ParameterSchedulerImport
{
    public static void Read(ImportSection root, ImportTarget target)
    {
        var schedulers = root.Sections("param_scheduler");
        if (schedulers.Count > 0 && schedulers.All(scheduler => scheduler.PeekText("type") != "LinearLR"))
            target.Set("lr_config.warmup_iters", "0", schedulers[0].Location);
        foreach (var scheduler in schedulers)
        {
            switch (scheduler.PeekText("type"))
            {
                case "LinearLR":
                    ReadWarmup(scheduler, target);
                    break;
                case "MultiStepLR":
                    target.Set("lr_config.policy", "step", scheduler.Location);
                    scheduler.Move("milestones", target, "lr_config.step");
                    scheduler.Move("gamma", target, "lr_config.gamma");
                    ReadSpan(scheduler, isByEpoch: "True");
                    break;
                case "CosineAnnealingLR":
                    target.Set("lr_config.policy", "cosine", scheduler.Location);
                    scheduler.Move("eta_min_ratio", target, "lr_config.min_lr_ratio");
                    scheduler.Expect("eta_min", "0");
                    scheduler.Ignore("T_max", "convert_to_iter_based");
                    ReadSpan(scheduler, isByEpoch: "True");
                    break;
                case var other:
                    throw new ConfigException(scheduler.Location, "param_scheduler",
                        $"expected LinearLR, MultiStepLR or CosineAnnealingLR, got {other}");
            }
        }
    }

    static void ReadWarmup(ImportSection scheduler, ImportTarget target)
    {
        scheduler.Move("start_factor", target, "lr_config.warmup_ratio", missing: "0.3333333333333333");
        scheduler.Move("end", target, "lr_config.warmup_iters");
        scheduler.Expect("end_factor", "1");
        scheduler.Expect("begin", "0");
        ReadSpan(scheduler, isByEpoch: "False");
    }

    /// <summary>The end is that of the run; a start after the first epoch makes another curve.</summary>
    static void ReadSpan(ImportSection scheduler, string isByEpoch)
    {
        scheduler.Ignore("type", "end");
        scheduler.Expect("begin", "0");
        scheduler.Expect("by_epoch", isByEpoch, missing: "True");
    }
}
