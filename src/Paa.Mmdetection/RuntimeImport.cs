using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

/// <summary>Checkpoints, log, hooks and start of a run, in the keys of MMDetection 2.x and 3.x.</summary>
static class RuntimeImport
{
    static readonly string[] Builtin =
    [
        "IterTimerHook", "ParamSchedulerHook", "DistSamplerSeedHook", "DetVisualizationHook", "NumClassCheckHook",
        "EmptyCacheHook", "CheckInvalidLossHook", "MemoryProfilerHook", "SetEpochInfoHook", "RuntimeInfoHook", "TextLoggerHook",
        "TensorboardLoggerHook",
        "WandbLoggerHook", "MMDetWandbHook", "MlflowLoggerHook", "ProfilerHook", "LoggerHook", "SyncBuffersHook",
    ];

    public static void Read(ImportSection root, ImportTarget target)
    {
        root.Move("load_from", "load_from");
        root.Move("work_dir", "work_dir");
        MoveSeed(root, target);
        if (root.Optional("randomness") is { } randomness)
        {
            MoveSeed(randomness, target);
            randomness.Ignore("deterministic", "diff_rank_seed");
        }
        if (root.Optional("checkpoint_config") is { } checkpoints) ReadCheckpoints(checkpoints, target);
        if (root.Optional("log_config") is { } log) log.Move("interval", "log_config.interval", missing: "10");
        if (root.Optional("default_hooks") is { } hooks) ReadDefaultHooks(hooks, target);
        if (root.Take("custom_hooks") is ConfigUnknown unknown)
            target.Note(ImportNoteKind.ChangesTraining, unknown.Location, "custom_hooks", $"cannot be known ({unknown.Reason})");
        else if (root.HasValue("custom_hooks"))
            foreach (var hook in root.Items("custom_hooks", _ => { })) ReadHook(hook, target, root.Has("optim_wrapper"));
        if (root.HasValue("custom_imports"))
            target.Note(ImportNoteKind.Meaningless, root.Take("custom_imports")!.Location, "custom_imports",
                "nothing is imported; a class of it that matters is named where it is used");
        root.Ignore("custom_hooks", "custom_imports");
        // Built in: epochs of training with evaluations between them.
        foreach (var (key, type) in (ReadOnlySpan<(string, string)>)[("val_cfg", "ValLoop"), ("test_cfg", "TestLoop")])
        {
            if (root.Take(key) is not ConfigMapping || root.Section(key) is not { } loop || loop.Type is null) continue;
            loop.UnreadKind = ImportNoteKind.ChangesBoxes;
            loop.Differs("type", type, ImportNoteKind.ChangesBoxes, $"here as {type}");
            loop.Ignore("fp16");
        }
        if (!root.HasValue("resume_from")) root.Ignore("resume_from");
        else root.Differs("resume_from", "None", ImportNoteKind.ChangesTraining, "say --resume FILE");
        root.Differs("resume", "False", ImportNoteKind.ChangesTraining, "say --resume");
    }

    static void ReadDefaultHooks(ImportSection hooks, ImportTarget target)
    {
        if (hooks.Optional("checkpoint") is { } saver) ReadCheckpoints(saver, target);
        if (hooks.Optional("logger") is { } logger)
        {
            logger.Ignore("type");
            logger.Move("interval", "log_config.interval", missing: "10");
        }
        if (hooks.Optional("early_stopping") is { } stopping) ReadHook(stopping, target, is3x: true);
        foreach (var name in (string[])["timer", "param_scheduler", "sampler_seed", "visualization", "runtime_info"])
        {
            if (hooks.Optional(name) is not { } hook) continue;
            if (Builtin.Contains(hook.Type)) hook.IgnoreAll();
            else target.Note(ImportNoteKind.ChangesTraining, hook.Location, hook.Name,
                $"{PythonLexer.Shorten(hook.Type ?? "it")} is not known here");
        }
    }

    static void ReadHook(ImportSection hook, ImportTarget target, bool is3x)
    {
        hook.UnreadKind = ImportNoteKind.ChangesTraining;
        if (Builtin.Contains(hook.Type))
        {
            hook.IgnoreAll();
            return;
        }
        if (hook.Type is "EMAHook" or "ExpMomentumEMAHook" or "LinearMomentumEMAHook")
        {
            WeightAverageImport.Read(hook, target, is3x);
            return;
        }
        if (hook.Type == "EarlyStoppingHook")
        {
            ReadEarlyStopping(hook, target);
            return;
        }
        hook.IgnoreAll();
        target.Note(ImportNoteKind.ChangesTraining, hook.Location, hook.Name,
            $"the hook {PythonLexer.Shorten(hook.Type ?? "without a type")} is not here");
    }

    static void ReadEarlyStopping(ImportSection hook, ImportTarget target)
    {
        hook.Move("patience", "early_stopping.patience", missing: "5");
        hook.Move("min_delta", "early_stopping.min_delta", missing: "0.1");
        hook.Ignore("priority", "rule", "strict", "check_finite");      // AP is always there, and finite
        hook.Differs("stopping_threshold", "None", ImportNoteKind.ChangesTraining);
        if (hook.Text("monitor") is not (null or "bbox_mAP" or "coco/bbox_mAP"))
            hook.Differs("monitor", "coco/bbox_mAP", ImportNoteKind.ChangesTraining, "here box AP is watched");
    }

    static void ReadCheckpoints(ImportSection checkpoints, ImportTarget target)
    {
        if (checkpoints.Type is not (null or "CheckpointHook"))
            target.Note(ImportNoteKind.Meaningless, checkpoints.Location, $"{checkpoints.Name}.type");
        var isByEpoch = checkpoints.Text("by_epoch") is null or "true";
        checkpoints.Move("interval", isByEpoch ? "checkpoint_config.interval" : "checkpoint_config.iter_interval");
        checkpoints.Move("max_keep_ckpts", "checkpoint_config.max_keep_ckpts");
        MoveBest(checkpoints, target);
    }

    /// <summary>There it names a metric or 'auto'; here the metric is box AP.</summary>
    public static void MoveBest(ImportSection section, ImportTarget target)
    {
        section.Ignore("rule");
        if (!section.HasValue("save_best"))
        {
            section.Ignore("save_best");
            return;
        }
        target.Set("evaluation.save_best", "true", section.Location);
        if (section.Text("save_best") is not ("auto" or "bbox_mAP" or "coco/bbox_mAP"))
            target.Note(ImportNoteKind.ChangesTraining, section.Take("save_best")!.Location, $"{section.Name}.save_best",
                $"is {PythonText.Of(section.Take("save_best")!)}, here the best checkpoint is that of the highest AP");
    }

    static void MoveSeed(ImportSection section, ImportTarget target)
    {
        if (section.HasValue("seed")) section.Move("seed", "seed");
        section.Ignore("seed");
    }
}

/// <summary>An average of the weights, which hooks of MMDetection 2.x (mmcv) and 3.x make.</summary>
static class WeightAverageImport
{
    const string To = "ema";

    public static void Read(ImportSection hook, ImportTarget target, bool is3x)
    {
        hook.Ignore("priority", "resume_from", "strict_load", "evaluate_on_ema", "evaluate_on_origin");
        hook.Move("momentum", $"{To}.momentum");
        hook.Move("interval", $"{To}.interval");
        if (!is3x)
        {
            target.Set($"{To}.type", hook.Type!, hook.Location);
            hook.Move("warm_up", $"{To}.gamma");
            hook.Move("total_iter", $"{To}.gamma");
            var skips = hook.Type == "EMAHook" || hook.Text("skip_buffers") == "true";      // mmcv's own averages no buffers
            hook.Ignore("skip_buffers");
            target.Set($"{To}.update_buffers", skips ? "false" : "true", hook.Location);
            return;
        }
        var kind = hook.Take("ema_type") switch
        {
            ConfigScalar { Text: { } text } => text,
            ConfigUnknown { Name: { } name } => name,
            _ => "ExponentialMovingAverage",
        };
        target.Set($"{To}.type", kind.Split('.')[^1], hook.Location);
        hook.Move("gamma", $"{To}.gamma");
        hook.Move("update_buffers", $"{To}.update_buffers");
        hook.Move("begin_iter", $"{To}.begin_iter");
        hook.Move("begin_epoch", $"{To}.begin_epoch");
    }
}
