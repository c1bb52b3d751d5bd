using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Platform;

namespace Paa.Cli.Config;

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
