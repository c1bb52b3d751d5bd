using System.Globalization;
using Paa.Configuration;
using Paa.Mmdetection.Python;

namespace Paa.Mmdetection;

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
