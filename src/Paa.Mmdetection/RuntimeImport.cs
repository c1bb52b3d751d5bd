namespace Paa.Mmdetection;

/// <summary>Checkpoints, evaluation, log and start of a run, in the keys of MMDetection 2.x and 3.x.</summary>
static class RuntimeImport
{
    public static void Read(ImportSection root, ImportTarget target)
    {
        root.Move("load_from", target, "load_from");
        root.Move("work_dir", target, "work_dir");
        MoveSeed(root, target);
        if (root.Section("randomness") is { } randomness) MoveSeed(randomness, target);
        if (root.Section("checkpoint_config") is { } checkpoints) ReadCheckpoints(checkpoints, target);
        if (root.Section("log_config") is { } log) log.Move("interval", target, "log_config.interval", missing: "10");
        if (root.Section("evaluation") is { } evaluation)
        {
            evaluation.Move("interval", target, "evaluation.interval", missing: "1");
            evaluation.Expect("metric", "bbox");
            MoveBest(evaluation, target);
        }
        if (root.Section("default_hooks") is { } hooks)
        {
            if (hooks.Section("checkpoint") is { } saver) ReadCheckpoints(saver, target);
            if (hooks.Section("logger") is { } logger)
            {
                logger.Ignore("type");
                logger.Move("interval", target, "log_config.interval", missing: "10");
            }
        }
        foreach (var key in (string[])["val_evaluator", "test_evaluator"])
        {
            if (root.Section(key) is not { } evaluator) continue;
            evaluator.Expect("type", "CocoMetric");
            evaluator.Expect("metric", "bbox");
            evaluator.Ignore("ann_file", "format_only", "backend_args");
        }
        // Built in: epochs of training with evaluations between them.
        root.Section("val_cfg")?.Expect("type", "ValLoop");
        if (root.Section("test_cfg") is { } loop && loop.PeekText("type") == "TestLoop") loop.Ignore("type");
        if (root.PeekText("resume_from") is null) root.Ignore("resume_from");
    }

    static void ReadCheckpoints(ImportSection checkpoints, ImportTarget target)
    {
        if (checkpoints.PeekText("type") == "CheckpointHook") checkpoints.Ignore("type");
        checkpoints.Move("interval", target, "checkpoint_config.interval");
        checkpoints.Move("max_keep_ckpts", target, "checkpoint_config.max_keep_ckpts");
        checkpoints.Expect("by_epoch", "True");
        MoveBest(checkpoints, target);
    }

    /// <summary>There it names a metric or 'auto'; here the metric is box AP.</summary>
    static void MoveBest(ImportSection section, ImportTarget target)
    {
        if (section.PeekText("save_best") is not ("auto" or "bbox_mAP" or "coco/bbox_mAP")) return;
        section.Ignore("save_best", "rule");
        target.Set("evaluation.save_best", "true", section.Location);
    }

    static void MoveSeed(ImportSection section, ImportTarget target)
    {
        if (section.Text("seed") is { } seed) target.Set("seed", seed, section.Location);
    }
}
