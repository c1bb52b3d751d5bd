using System.CommandLine;
using System.CommandLine.Parsing;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Options;
using Paa.Platform;
using Paa.Training;
using Paa.Training.Distributed;

namespace Paa.Cli.Train;

/// <summary><c>paa train</c>: trains a detector, or resumes a run.</summary>
static class TrainCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("CONFIG") { Description = ConfigArgument.Description };
        var folder = new Option<string?>("--work-dir")
        {
            Description = "Folder for log and checkpoints; by default the configuration's work_dir, or work_dirs/NAME.",
            HelpName = "DIR",
        };
        var resume = new Option<string?>("--resume")
        {
            Description = "Continue a stopped run exactly where it stopped, or from a checkpoint FILE.",
            HelpName = "FILE",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var (set, device, threads) = (CommonOptions.Set(), CommonOptions.Device(), CommonOptions.Threads());
        var scale = new Option<bool>("--auto-scale-lr")
        {
            Description = "Multiply the learning rate by the batch size over auto_scale_lr.base_batch_size.",
        };
        var amp = new Option<string?>("--amp") { Description = "Mixed precision; overrides train.amp.", HelpName = "MODE" };
        amp.AcceptOnlyFromAmong("bf16", "fp16", "off");
        var budget = new Option<TimeSpan?>("--budget")
        {
            Description = "Time for the whole run, such as 15m: steps are timed, the schedule is laid to end in time.",
            HelpName = "TIME",
            CustomParser = ParseBudget,
        };
        var seed = new Option<int?>("--seed") { Description = "Seed of weights, order and augmentation.", HelpName = "N" };
        var (strict, timeout) = (CommonOptions.Strict(), Workers.Timeout());
        var command = new PaaCommand("train", "Trains a detector from a configuration.",
            "Ctrl+C finishes the iteration, writes a checkpoint and stops with exit code 130; a second Ctrl+C stops at once.\n"
            + "--resume continues exactly there, even after a crash. The merged configuration is saved as config.yaml.\n"
            + "Several processes train together under 'paa launch', torchrun, srun or Kubernetes.",
            "paa train configs/bccd/paa_r18_bccd.yaml",
            "paa train configs/bccd/paa_r18_bccd.yaml --resume",
            "paa train configs/bccd/paa_r18_bccd.yaml --budget 15m",
            "paa train configs/paa/paa_r50_fpn_1x_coco.yaml --work-dir work_dirs/mine --auto-scale-lr",
            "paa train paa_r50_fpn_1x_coco --device cuda --amp bf16",
            "paa train mmdetection/configs/paa/mine.py",
            "paa train mine.yaml --device cuda:0 --set load_from=paa_r50_fpn_1x_coco")
        {
            file, folder, budget, resume, set, strict, scale, amp, device, seed, threads, timeout,
        };
        command.SetAction(arguments => Workers.Run(shell, "train", arguments.GetValue(timeout), world =>
        {
            var configFile = ConfigArgument.Resolve(arguments.GetRequiredValue(file));
            var config = ConfigArgument.Load(world.IsMain ? shell : shell.Silent(), configFile, arguments.GetRequiredValue(set),
                ConfigUse.Training, arguments.GetValue(strict)).Config;
            config = config with
            {
                WorkFolder = arguments.GetValue(folder) ?? RunFolder.Of(config, configFile),
                LearningRateScaling = arguments.GetValue(scale)
                    ? config.LearningRateScaling with { IsEnabled = true }
                    : config.LearningRateScaling,
                Precision = arguments.GetValue(amp) is { } mode
                    ? config.Precision with { MixedPrecision = Enum.Parse<MixedPrecision>(mode, ignoreCase: true) }
                    : config.Precision,
                Duration = arguments.GetValue(budget) is { } time
                    ? config.Duration with { Budget = time, IsPlanned = false }
                    : config.Duration,
                Device = arguments.GetValue(device) ?? config.Device,
                Seed = arguments.GetValue(seed) ?? config.Seed,
                ThreadCount = arguments.GetValue(threads) ?? config.ThreadCount,
            };
            ConfigValidator.Validate(config, "command line");
            var resumption = arguments.GetResult(resume) is null ? null : new Resumption(arguments.GetValue(resume));
            config = Compute.Place(config, world);
            Compute.ParseDevice(config.Device);         // fails before anything is read
            return Run(shell, config, Path.GetFileNameWithoutExtension(configFile), resumption, world);
        }));
        return command;
    }

    internal static TimeSpan? ParseBudget(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DurationText.Parse(text) is { } time) return time;
        result.AddError($"--budget: expected {DurationText.Expected}, got '{text}'.");
        return null;
    }

    /// <summary>A request to resume: from a file, or with null from the newest checkpoint of the run.</summary>
    sealed record Resumption(string? File);

    static int Run(Shell shell, PaaConfig config, string name, Resumption? resumption, World world)
    {
        var folder = config.WorkFolder!;
        if (world.IsMain) Check(shell, config, folder, resumption);
        var progress = new TrainingProgress(shell);
        using var trainer = new Trainer(config, folder, name, progress, world);
        if (resumption is { File: { } file }) trainer.Resume(file);
        else if (resumption is not null) trainer.Resume();
        var result = world.IsMain ? progress.Show(Train) : Train();
        if (world.IsMain) Print(shell, folder, result);
        return result.IsFinished ? ExitCode.Success : ExitCode.Cancelled;

        TrainingResult Train()
        {
            trainer.Plan(shell.Stop);
            if (world.IsMain) Save(trainer.Config, folder);
            return trainer.Train(shell.Stop);
        }
    }

    /// <summary>Writes the merged configuration beside the checkpoints.</summary>
    static void Save(PaaConfig config, string folder)
    {
        Directory.CreateDirectory(folder);
        var planned = config.Duration is { IsPlanned: true, Budget: { } budget }
            ? $"planned for the budget of {DurationText.Of(budget)}" : null;
        AtomicFile.WriteText(Path.Combine(folder, RunFolder.ConfigName),
            ConfigWriter.ToYaml(config, _ => true, key => Trainer.IsPlanned(key) ? planned : null));
    }

    static void Check(Shell shell, PaaConfig config, string folder, Resumption? resumption)
    {
        if (resumption is null && CheckpointStore.HoldsRun(folder))
            throw new UsageException($"{folder} holds a run already: continue it with --resume, or choose another --work-dir.");
        if (resumption?.File is { } wanted && !File.Exists(wanted))
            throw new UsageException($"--resume: the checkpoint '{wanted}' does not exist.");
        if (resumption is null) WeightArgument.Prefetch(shell, config);
        foreach (var warning in ConfigValidator.Warnings(config)) shell.Warn(warning);
    }

    static void Print(Shell shell, string folder, TrainingResult result)
    {
        if (result.Best is { } best)
            shell.Output.WriteLine(FormattableString.Invariant(
                $"best AP {best.Ap:0.000} in epoch {best.Epoch}: {folder}/{CheckpointStore.BestName}"));
        shell.Output.WriteLine($"newest checkpoint: {result.Checkpoint ?? "none"}");
        if (!result.IsFinished) shell.Error.WriteLine("paa train: stopped; the same command with --resume continues.");
    }
}
