using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Options;
using Paa.Reports;

namespace Paa.Cli.Data;

/// <summary><c>paa data check</c>: finds problems in data sets.</summary>
static class DataCheckCommand
{
    public static Command Create(Shell shell)
    {
        var source = new DatasetSource();
        var quick = new Option<bool>("--quick") { Description = "Do not decode the images." };
        var json = CommonOptions.Json();
        var command = new PaaCommand("check", "Finds bad annotations and image files.",
            "Every kind of problem is counted, with examples. Exit code 1 if something would be left out.",
            "paa data check configs/bccd/paa_r18_bccd.yaml",
            "paa data check --ann my/train.json --images my/images",
            "paa data check --ann my/train.json --images my/images --quick --json") { quick, json };
        source.AddTo(command);
        command.SetAction(arguments =>
        {
            var reads = !arguments.GetValue(quick);
            var reports = source.Read(shell, arguments).ToDictionary(
                set => set.Name, set => Check(shell, set.Name, set.Options, set.Classes, reads));
            if (arguments.GetValue(json)) shell.Output.WriteLine(Json.Text(reports));
            else foreach (var (name, report) in reports) Write(shell.Output, name, report);
            return reports.Values.Any(report => report.HasErrors) ? ExitCode.Failure : ExitCode.Success;
        });
        return command;
    }

    /// <summary>Checks a data set; a file that cannot be used is a finding, too.</summary>
    static DatasetReport Check(Shell shell, string name, DatasetOptions options, string[]? classes, bool readsImages)
    {
        CocoDataset dataset;
        try
        {
            dataset = CocoDataset.Load(options, classes);
        }
        catch (DataException)
        {
            return DatasetCheck.Run(options, classes);
        }
        return ProgressBar.Show(shell, name, dataset.Images.Count,
            progress => DatasetCheck.Run(dataset, options.MinImageSide, readsImages, progress, shell.Stop));
    }

    static void Write(TextWriter output, string name, DatasetReport report)
    {
        output.WriteLine($"{name}: {report.Images} images, {report.Annotations} annotations, {report.Classes.Count} classes");
        if (report.Findings.Count == 0) output.WriteLine("  nothing is wrong");
        foreach (var finding in report.Findings)
        {
            var level = finding.Severity == FindingSeverity.Error ? "ERROR  " : "warning";
            output.WriteLine($"  {level}  {finding.Count} x {finding.Description}");
            foreach (var example in finding.Examples) output.WriteLine($"             {example}");
            if (finding.Count > finding.Examples.Count) output.WriteLine("             ...");
        }
    }
}
