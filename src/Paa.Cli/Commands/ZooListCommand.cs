using System.CommandLine;
using Paa.Cli.Zoo;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary><c>paa zoo list</c>: MMDetection's table.</summary>
static class ZooListCommand
{
    public static Command Create(Shell shell)
    {
        var json = CommonOptions.Json();
        var command = new PaaCommand("list", "Lists the published detectors with their AP on COCO.",
            "AP is what MMDetection reports for val2017 in percent, with and without score voting.",
            "paa zoo list", "paa zoo list --json") { json };
        command.SetAction(arguments =>
        {
            using var cache = WeightCache.OfUser();
            if (arguments.GetValue(json)) shell.Output.WriteLine(Json.Text(ZooCatalogue.Models));
            else ZooTable.Write(shell.Output, ZooCatalogue.Models, cache);
            return ExitCode.Success;
        });
        return command;
    }
}
