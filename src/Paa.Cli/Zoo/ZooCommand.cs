using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Reports;
using Paa.Zoo;

namespace Paa.Cli.Zoo;

/// <summary><c>paa zoo</c>: lists and downloads the detectors that MMDetection published.</summary>
static class ZooCommand
{
    public static Command Create(Shell shell) => new PaaCommand("zoo", "Lists and downloads published detectors.",
        "Every command accepts a name of the zoo in place of a checkpoint or a configuration.\n"
        + "Files go to PAA_HOME, or else to ~/.cache/paa; PAA_ZOO_URL names a mirror that has them in one folder.",
        "paa zoo list", "paa zoo download paa_r50_fpn_1x_coco", "paa predict paa_r50_fpn_1x_coco photo.jpg --out drawn")
    {
        ZooListCommand.Create(shell), ZooShowCommand.Create(shell), ZooDownloadCommand.Create(shell),
    };
}

/// <summary><c>paa zoo list</c>: prints MMDetection's table.</summary>
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

/// <summary><c>paa zoo show</c>: describes one published detector.</summary>
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
            if (model.LaterName != model.Name) shell.Output.WriteLine($"in 3.x   {model.LaterName}");
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

/// <summary><c>paa zoo download</c>: downloads published weights into the cache.</summary>
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
        var logs = new Option<bool>("--log") { Description = "Download the training logs, too." };
        var command = new PaaCommand("download", "Downloads published detectors.",
            "An interrupted download is resumed. The hashes of the files are checked.",
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

/// <summary>Prints MMDetection's table of its detectors.</summary>
static class ZooTable
{
    /// <summary>Prints rows of the table.</summary>
    /// <param name="output">Receives the table.</param>
    /// <param name="models">The rows.</param>
    /// <param name="cache">Knows which of them are downloaded.</param>
    public static void Write(TextWriter output, IEnumerable<ZooModel> models, WeightCache cache)
    {
        var table = new TextTable("name", "backbone", "schedule", "AP", "AP without voting", "memory GB", "downloaded");
        foreach (var model in models)
            table.Add(
                model.Name, model.Backbone, $"{model.Epochs}e{(model.IsMultiscale ? ", multi-scale" : "")}", Number(model.Ap),
                Number(model.ApWithoutVoting), Number(model.MemoryGb),
                File.Exists(cache.PathOf(model.Weights)) ? "yes" : "no");
        table.Write(output);
    }

    static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "-";
}

/// <summary>The argument NAME of <c>paa zoo</c>.</summary>
static class ZooName
{
    public static Argument<string> Argument() => new("NAME") { Description = "A name of 'paa zoo list'." };

    /// <summary>The zoo model with a name.</summary>
    /// <exception cref="UsageException">There is no such model.</exception>
    public static ZooModel Find(string name)
    {
        if (ZooCatalogue.Find(name) is { } model) return model;
        var names = ZooCatalogue.Models.Select(known => known.Name);
        throw new UsageException(NearestName.Find(name, names) is { } nearest
            ? $"the zoo has no '{name}', did you mean '{nearest}'?"
            : $"the zoo has no '{name}'; it has {string.Join(", ", names)}.");
    }
}
