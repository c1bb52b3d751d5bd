using System.CommandLine;
using Paa.Cli.Zoo;
using Paa.Configuration;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary><c>paa zoo show</c>: one published detector.</summary>
static class ZooShowCommand
{
    public static Command Create(Shell shell)
    {
        var name = ZooName.Argument();
        var command = new PaaCommand("show", "Shows a published detector: its row of the table, files and configuration.", null,
            "paa zoo show paa_r50_fpn_1x_coco") { name };
        command.SetAction(arguments =>
        {
            using var cache = WeightCache.OfUser();
            var model = ZooName.Find(arguments.GetRequiredValue(name));
            ZooTable.Write(shell.Output, [model], cache);
            shell.Output.WriteLine();
            shell.Output.WriteLine($"weights  {model.Weights.Address}");
            shell.Output.WriteLine($"log      {model.Log.Address}");
            shell.Output.WriteLine($"sha256   {model.Weights.HashPrefix}...");
            shell.Output.WriteLine($"cache    {cache.PathOf(model.Weights)}");
            shell.Output.WriteLine();
            shell.Output.Write(ConfigWriter.ToYaml(ConfigLoader.Load(ConfigArgument.FileOf(model))));
            return ExitCode.Success;
        });
        return command;
    }
}
