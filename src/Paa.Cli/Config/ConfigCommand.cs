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
