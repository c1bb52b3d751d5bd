using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Platform;
using Paa.Reports;
using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Cli.Inspect;

/// <summary><c>paa inspect log</c>: prints training logs by epoch and draws their curves.</summary>
static class InspectLogCommand
{
    public static Command Create(Shell shell)
    {
        var files = new Argument<string[]>("FILE|DIR")
        {
            Description = "Logs in JSON lines, ours or MMDetection's *.log.json and vis_data/*.json, or folders of runs.",
            Arity = ArgumentArity.OneOrMore,
        };
        var page = new Option<string?>("--out") { Description = "Write curves and tables as an HTML page.", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new PaaCommand("log", "Summarises training logs by epoch, and draws their curves.",
            "Losses are means, times medians of the logged lines. Several logs are drawn into the same charts.",
            "paa inspect log work_dirs/paa_r18_bccd",
            "paa inspect log work_dirs/paa_r50_fpn_1x_coco/20230101_000000/vis_data/scalars.json",
            "paa inspect log work_dirs/mine/train.log.json paa_r50_fpn_1x_coco_20200821-936edec3.log.json --out curves.html")
        {
            files, page, json,
        };
        command.SetAction(arguments =>
        {
            if (arguments.GetValue(page) is { } file) OutputFile.Check("--out", file, arguments.GetRequiredValue(files));
            (string Name, TrainingHistory History)[] runs = [.. arguments.GetRequiredValue(files).Select(Read)];
            if (arguments.GetValue(json)) shell.Output.WriteLine(Json.Text(runs.Select(run => new
            {
                run.Name,
                Epochs = EpochSummary.Of(run.History),
            })));
            else foreach (var (name, history) in runs) Write(shell.Output, name, history, runs.Length > 1);
            if (arguments.GetValue(page) is { } target)
                AtomicFile.WriteText(target, LogReport.BuildPage(runs));
            return ExitCode.Success;
        });
        return command;
    }

    static (string Name, TrainingHistory History) Read(string path)
    {
        var files = LogReader.Find(path);
        if (files.Count == 0)
            throw new UsageException(
                $"the folder '{path}' has no log: {TrainingLog.FileName}, *.log.json or TIME/vis_data/*.json.");
        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
            throw new UsageException($"the log '{missing}' does not exist.");
        var history = LogReader.Read(files);
        if (history.Train.Count == 0 && history.Val.Count == 0)
            throw new TrainingException($"{string.Join(", ", files)} has no lines about training or evaluations, as logs of this "
                + "project and of MMDetection have them.");
        return (path, history);
    }

    static void Write(TextWriter output, string name, TrainingHistory history, bool isNamed)
    {
        if (isNamed) output.WriteLine(name);
        LogReport.WriteTable(output, EpochSummary.Of(history));
        if (isNamed) output.WriteLine();
    }
}
