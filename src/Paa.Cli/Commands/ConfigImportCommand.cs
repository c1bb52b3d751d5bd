using System.CommandLine;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Platform;

namespace Paa.Cli.Commands;

/// <summary><c>paa config import</c>: a configuration of MMDetection as ours.</summary>
static class ConfigImportCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "Python file of a PAA run, of MMDetection 2.x or 3.x." };
        var output = new Option<string?>("--out") { Description = "YAML file; without it YAML is printed.", HelpName = "FILE" };
        var command = new PaaCommand("import", "Turns a PAA configuration of MMDetection into ours.",
            "Python is not run: assignments of dict(...), lists, texts and numbers are read, _base_ files, _delete_, **name and\n"
            + "{{_base_.name}}. Keys that mean nothing here are listed with their places; values that cannot be had are errors.",
            "paa config import configs/paa/paa_r50_fpn_1x_coco.py --out mine.yaml",
            "paa config import mine.py > mine.yaml") { file, output };
        command.SetAction(arguments =>
        {
            var imported = MmdetectionImport.Read(arguments.GetRequiredValue(file));
            var yaml = ConfigWriter.ToYaml(imported.Config);
            if (arguments.GetValue(output) is { } target) AtomicFile.WriteText(target, yaml);
            else shell.Output.Write(yaml);
            if (imported.Unmatched.Count > 0) shell.Error.WriteLine("keys that mean nothing here:");
            foreach (var key in imported.Unmatched) shell.Error.WriteLine($"  {key}");
            return ExitCode.Success;
        });
        return command;
    }
}
