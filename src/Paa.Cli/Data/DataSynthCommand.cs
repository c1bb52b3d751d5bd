using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Data.Synth;

namespace Paa.Cli.Data;

/// <summary><c>paa data synth</c>: makes a data set of shapes.</summary>
static class DataSynthCommand
{
    public static Command Create(Shell shell)
    {
        var defaults = new SynthOptions();
        var folder = new Argument<string>("DIR") { Description = "Folder for images and annotation files." };
        var train = Count("--train", "Images of train.json.", defaults.TrainImages);
        var val = Count("--val", "Images of val.json.", defaults.ValImages);
        var test = Count("--test", "Images of test.json.", defaults.TestImages);
        var width = Count("--width", "Width of the images in pixels.", defaults.Width);
        var height = Count("--height", "Height of the images in pixels.", defaults.Height);
        var seed = Count("--seed", "Another seed gives other pictures.", defaults.Seed);
        var command = new PaaCommand("synth", "Makes a small data set of shapes in COCO format.",
            "Shapes of many sizes overlap on textured backgrounds; some images have crowds, some are empty.\n"
            + "The same options give the same files: images/, train.json, val.json and test.json.",
            "paa data synth data/shapes",
            "paa data synth data/shapes --train 1000 --val 100 --test 100 --width 640 --height 480 --seed 7")
        {
            folder, train, val, test, width, height, seed,
        };
        command.SetAction(arguments =>
        {
            var options = defaults with
            {
                TrainImages = arguments.GetValue(train),
                ValImages = arguments.GetValue(val),
                TestImages = arguments.GetValue(test),
                Width = arguments.GetValue(width),
                Height = arguments.GetValue(height),
                Seed = arguments.GetValue(seed),
            };
            var target = arguments.GetRequiredValue(folder);
            if (SynthDataset.FindForeign(target) is { } foreign)
                throw new UsageException(
                    $"{foreign} was not made by 'paa data synth' and would be replaced; choose another folder.");
            OutputFile.CheckFolder("DIR", target);
            var summary = Write(shell, target, options);
            shell.Output.WriteLine(
                $"{target}: {summary.Images} images ({summary.EmptyImages} empty), {summary.Objects} objects, "
                + $"{summary.Crowds} crowds");
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Writes the data set under a progress bar.</summary>
    internal static SynthSummary Write(Shell shell, string folder, SynthOptions options)
    {
        var total = options.TrainImages + options.ValImages + options.TestImages;
        return ProgressBar.Show(shell, "images", total, progress =>
        {
            try
            {
                return SynthDataset.Write(folder, options, progress, shell.Stop);
            }
            catch (ArgumentException error)
            {
                throw new UsageException(error.Message);
            }
        });
    }

    static Option<int> Count(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };
}
