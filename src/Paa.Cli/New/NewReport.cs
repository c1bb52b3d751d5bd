using System.Globalization;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Options;
using Paa.Training.Recipes;

namespace Paa.Cli.New;

/// <summary>What <c>paa new</c> found and wrote, and what to type next.</summary>
static class NewReport
{
    const int MostDecoded = 3000;           // more images than this take minutes; paa data check reads them

    public static void Print(Shell shell, string path, OwnData data, IReadOnlyList<string> written, Recipe recipe)
    {
        foreach (var note in data.Notes) shell.Output.WriteLine(note);
        foreach (var line in written) shell.Output.WriteLine($"written: {line}");
        foreach (var finding in data.Findings) Tell(shell, "annotations", finding);
        var sets = new List<(string Name, DatasetOptions Options)> { ("train", data.Train), ("val", data.Val) };
        if (data.Test != data.Val) sets.Add(("test", data.Test));
        var checks = sets.Select(set => (set.Name, Report: Check(shell, set.Name, set.Options, data.Classes))).ToList();
        shell.Output.WriteLine();
        shell.Output.WriteLine($"{"",-6}{"images",8}{"boxes",9}  annotations");
        foreach (var (name, report) in checks)
            shell.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-6}{report.Images,8}{report.Annotations,9}  {string.Join(", ", report.Files)}"));
        shell.Output.WriteLine();
        foreach (var (name, report) in checks)
            foreach (var finding in report.Findings) Tell(shell, name, finding);
        PrintRecipe(shell.Output, recipe);
        var quoted = NewCommand.Quoted(path);
        var run = NewCommand.Quoted($"{RunFolder.Of(recipe.Config, path)}/best.pth");
        shell.Output.WriteLine();
        shell.Output.WriteLine($"{path} is written: every value with its reason. Next:");
        shell.Output.WriteLine($"  paa train {quoted}");
        shell.Output.WriteLine($"  paa test {run}");
        shell.Output.WriteLine($"  paa predict {run} {NewCommand.Quoted(data.Test.ImageFolders[0])} --out drawn --score 0.5");
    }

    static void PrintRecipe(TextWriter output, Recipe recipe)
    {
        var config = recipe.Config;
        var (backbone, head) = (config.Model.Backbone, config.Model.Head);
        var scale = config.Data.Test.Scales[0];
        var names = recipe.Survey.Classes.Select(one => $"{one.Name} {one.Boxes}").ToList();
        var more = names.Count > 10 ? $", ... ({names.Count} in all)" : "";
        var sides = head.Anchors.Strides.Select(stride => (stride * head.Anchors.Scale).ToString(CultureInfo.InvariantCulture));
        output.WriteLine($"classes   {string.Join(", ", names.Take(10))}{more}");
        output.WriteLine($"network   R-{backbone.Depth}, {config.Model.Neck.Channels} channels, "
            + $"from {config.LoadFrom ?? backbone.Pretrained ?? "scratch"}");
        output.WriteLine($"input     {scale[0]}x{scale[1]}, anchors of {string.Join(", ", sides)} pixels");
        output.WriteLine($"length    {recipe.Reasons["runner"]}");
    }

    static DatasetReport Check(Shell shell, string name, DatasetOptions options, IReadOnlyList<string> classes)
    {
        var dataset = CocoDataset.Load(options, classes);
        return ProgressBar.Show(shell, name, dataset.Images.Count, progress => DatasetCheck.Run(
            dataset, options.MinImageSide, dataset.Images.Count <= MostDecoded, progress, shell.Stop));
    }

    static void Tell(Shell shell, string set, Finding finding)
    {
        if (finding.Kind is FindingKind.MissingArea or FindingKind.ClassWithoutBoxes) return;      // no matter here
        var more = finding.Count > 1 ? ", ..." : "";
        var example = finding.Kind == FindingKind.ImageSizeFromFile ? "" : $": {finding.Examples[0]}{more}";
        var text = $"{set}: {finding.Count} x {finding.Description}{example}";
        if (finding.Severity == FindingSeverity.Error) shell.Warn(text);
        else shell.Output.WriteLine($"note: {text}");
    }
}
