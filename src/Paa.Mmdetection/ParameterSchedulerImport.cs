using Paa.Configuration;

namespace Paa.Mmdetection;

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
