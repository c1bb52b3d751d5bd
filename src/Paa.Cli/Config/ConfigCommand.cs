using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Platform;

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
        var file = new Argument<string>("CONFIG") { Description = ConfigArgument.Description };
        var set = CommonOptions.Set();
        var show = new PaaCommand("show", "Prints a configuration with its bases, overrides and defaults, as YAML.", null,
            "paa config show paa_r50_fpn_1x_coco",
            "paa config show configs/demo/paa_r18_demo.yaml --set optimizer.lr=0.01 data.samples_per_gpu=4 > mine.yaml")
        {
            file, set,
        };
        show.SetAction(arguments =>
        {
            var config = ConfigLoader.Load(
                ConfigArgument.Resolve(arguments.GetRequiredValue(file)), arguments.GetRequiredValue(set));
            shell.Output.Write(ConfigWriter.ToYaml(config));
            foreach (var warning in ConfigValidator.Warnings(config)) shell.Warn(warning);
            return ExitCode.Success;
        });
        return show;
    }
}

/// <summary><c>paa config import</c>: converts a configuration of MMDetection to ours.</summary>
static class ConfigImportCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "Python file of a PAA run, of MMDetection 2.x or 3.x." };
        var output = new Option<string?>("--out") { Description = "YAML file; without it YAML is printed.", HelpName = "FILE" };
        var command = new PaaCommand("import", "Turns a PAA configuration of MMDetection into ours.",
            "Python is not executed. Assignments of dict(...), lists, strings and numbers are read, with _base_ files,\n"
            + "_delete_, **name and {{_base_.name}}. Keys that mean nothing here are listed with their places; unsupported\n"
            + "values are errors.",
            "paa config import configs/paa/paa_r50_fpn_1x_coco.py --out mine.yaml",
            "paa config import mine.py > mine.yaml") { file, output };
        command.SetAction(arguments =>
        {
            var imported = MmdetectionImport.Read(arguments.GetRequiredValue(file));
            var yaml = ConfigWriter.ToYaml(imported.Config);
            if (arguments.GetValue(output) is { } target) AtomicFile.WriteText(target, yaml);
            else shell.Output.Write(yaml);
            if (imported.Notes.Count > 0) shell.Error.WriteLine("keys that mean nothing here:");
            foreach (var key in imported.Notes) shell.Error.WriteLine($"  {key}");
            return ExitCode.Success;
        });
        return command;
    }
}
