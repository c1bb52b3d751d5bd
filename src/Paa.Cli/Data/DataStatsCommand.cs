using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Reports;

namespace Paa.Cli.Data;

/// <summary><c>paa data stats</c>: counts images, classes and box sizes of data sets.</summary>
static class DataStatsCommand
{
    const int SizesShown = 5;

    public static Command Create(Shell shell)
    {
        var source = new DatasetSource();
        var json = CommonOptions.Json();
        var command = new PaaCommand("stats", "Counts images, classes and box sizes of data sets.", null,
            "paa data stats configs/bccd/paa_r18_bccd.yaml",
            "paa data stats --ann my/train.json --json") { json };
        source.AddTo(command);
        command.SetAction(arguments =>
        {
            var statistics = source.Read(shell, arguments).ToDictionary(
                set => set.Name, set => DatasetStatistics.Of(CocoDataset.Load(set.Options, set.Classes), set.Config));
            if (arguments.GetValue(json)) shell.Output.WriteLine(Json.Text(statistics));
            else foreach (var (name, counts) in statistics) Write(shell.Output, name, counts);
            return ExitCode.Success;
        });
        return command;
    }

    static void Write(TextWriter output, string name, DatasetStatistics set)
    {
        output.WriteLine(
            $"{name}: {set.Images} images ({set.EmptyImages} without boxes), {set.Boxes} boxes, {set.Crowds} crowds, "
            + $"{set.UnusableBoxes} unusable boxes, {(set.IgnoredBoxes > 0 ? $"{set.IgnoredBoxes} ignored boxes, " : "")}"
            + $"at most {set.MaxBoxesPerImage} boxes in an image");
        var sizes = set.Sizes.Take(SizesShown).Select(size => $"{size.Value} of {size.Key}");
        var more = set.Sizes.Count > SizesShown ? $", {set.Sizes.Count} sizes in all" : "";
        output.WriteLine($"image sizes: {string.Join(", ", sizes)}{more}");
        var culture = CultureInfo.InvariantCulture;
        output.WriteLine(string.Create(culture, $"boxes in an image: {Describe(set.BoxesPerImage)}"));
        output.WriteLine(string.Create(culture, $"width / height of boxes: {Describe(set.BoxRatios)}"));
        output.WriteLine(string.Create(culture,
            $"best IoU with an anchor at {set.Anchors.Scale}: {Describe(set.Anchors.BestIou)}; "
            + $"{100 * set.Anchors.UncoveredShare:0.##} % of the boxes are below {set.Anchors.Threshold}"));
        output.WriteLine();
        var table = new TextTable("class", "images", "boxes", "small", "medium", "large", "median side");
        foreach (var row in set.Classes)
        {
            int[] counts = [row.Images, row.Boxes, row.Small, row.Medium, row.Large];
            table.Add([row.Name, .. counts.Select(count => count.ToString(culture)), row.MedianSide.ToString("0.0", culture)]);
        }
        table.Write(output);
        output.WriteLine();
    }

    static FormattableString Describe(Quantiles numbers) =>
        $"median {numbers.Median:0.##}, 5 % below {numbers.P5:0.##}, 95 % below {numbers.P95:0.##}, at most {numbers.Max:0.##}";
}
