using System.CommandLine;
using Paa.Cli.Zoo;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary><c>paa zoo download</c>: published weights into the cache.</summary>
static class ZooDownloadCommand
{
    public static Command Create(Shell shell)
    {
        var names = new Argument<string[]>("NAME")
        {
            Description = "Names of 'paa zoo list'.",
            Arity = ArgumentArity.ZeroOrMore,
            DefaultValueFactory = _ => [],
        };
        var all = new Option<bool>("--all") { Description = "Download every detector." };
        var logs = new Option<bool>("--log") { Description = "Download the logs of the trainings, too." };
        var command = new PaaCommand("download", "Downloads published detectors.",
            "A download that was interrupted goes on where it ended. The files' hashes are checked.",
            "paa zoo download paa_r50_fpn_1x_coco",
            "paa zoo download --all --log") { names, all, logs };
        command.SetAction(arguments =>
        {
            var given = arguments.GetRequiredValue(names);
            if (arguments.GetValue(all) == given.Length > 0) throw new UsageException("give names, or --all.");
            ZooModel[] models = given.Length > 0 ? [.. given.Select(ZooName.Find)] : [.. ZooCatalogue.Models];
            using var cache = WeightCache.OfUser();
            foreach (var model in models)
            {
                RemoteFile[] files = arguments.GetValue(logs) ? [model.Weights, model.Log] : [model.Weights];
                foreach (var file in files)
                    shell.Output.WriteLine(Downloads.Fetch(shell, cache, cache.FromMirror(file)));
            }
            return ExitCode.Success;
        });
        return command;
    }
}
