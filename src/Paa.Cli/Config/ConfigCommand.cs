using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Configuration;

namespace Paa.Cli.Config;

/// <summary><c>paa config</c>: prints or imports configurations.</summary>
static class ConfigCommand
{
    public static Command Create(Shell shell) => new PaaCommand("config", "Works with configurations.", null,
        "paa config show paa_r50_fpn_1x_coco", "paa config import configs/paa/paa_r50_fpn_1x_coco.py --out mine.yaml")
    {
        CreateShow(shell), ConfigImportCommand.Create(shell),
    };

    static PaaCommand CreateShow(Shell shell)
    {
        var file = new Argument<string>("CONFIG|CHECKPOINT") { Description = DetectorArgument.Description };
        var set = CommonOptions.Set();
        var show = new PaaCommand("show", "Prints a configuration with its bases, overrides and defaults, as YAML.",
            "For a checkpoint: with what test, predict, quantize and export run it, and where each value was read.\n"
            + "For a configuration of MMDetection: as 'paa config import', with the places.",
            "paa config show paa_r50_fpn_1x_coco",
            "paa config show work_dirs/mine/epoch_12.pth",
            "paa config show configs/synth/paa_r18_synth.yaml --set optimizer.lr=0.01 data.samples_per_gpu=4 > mine.yaml")
        {
            file, set,
        };
        show.SetAction(arguments =>
        {
            var (name, overrides) = (arguments.GetRequiredValue(file), arguments.GetRequiredValue(set));
            if (ConfigArgument.IsConfig(ConfigArgument.Resolve(name))) ShowFile(shell, name, overrides);
            else ShowDetector(shell, name, overrides);
            return ExitCode.Success;
        });
        return show;
    }

    static void ShowFile(Shell shell, string name, string[] overrides)
    {
        var read = ConfigArgument.Load(shell, name, overrides);
        // Our own YAML says itself what it sets.
        shell.Output.Write(ConfigArgument.IsTheirs(ConfigArgument.Resolve(name))
            ? ConfigWriter.ToYaml(read.Config, _ => true, key => read.SourceOf(key) is { } place ? $"from {place}" : null)
            : ConfigWriter.ToYaml(read.Config));
        foreach (var warning in ConfigValidator.Warnings(read.Config)) shell.Warn(warning);
    }

    static void ShowDetector(Shell shell, string name, string[] overrides)
    {
        var detector = DetectorArgument.Find(shell, name, null, overrides).Load(shell, overrides);
        foreach (var notice in detector.Notices) shell.Warn(notice);
        var config = detector.Config with { Data = detector.Config.Data with { Classes = [.. detector.Classes] } };
        shell.Output.Write(ConfigWriter.ToYaml(config, detector.Settings.IsUsedOrRead, detector.Settings.SourceOf));
    }
}
