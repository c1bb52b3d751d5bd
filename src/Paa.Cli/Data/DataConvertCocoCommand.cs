using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Data.Formats;

namespace Paa.Cli.Data;

/// <summary><c>paa data convert coco</c>: selects or splits a COCO file, or converts it to YOLO.</summary>
static class DataConvertCocoCommand
{
    static readonly string[] Formats = ["coco", "yolo"];

    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "COCO annotation file." };
        var output = new Option<string>("--out")
        {
            Description = "File to write; a folder with --split or --to yolo.",
            HelpName = "FILE|DIR",
            Required = true,
        };
        var format = new Option<string>("--to") { Description = "Format to write.", DefaultValueFactory = _ => "coco" };
        format.AcceptOnlyFromAmong(Formats);
        var classes = DataConvertCommand.Classes();
        var images = new Option<string?>("--image-list")
        {
            Description = "Text file with the file names or ids of the images to keep, one per line.",
            HelpName = "FILE",
        };
        var split = new Option<double[]>("--split")
        {
            Description = "Shares of train.json, val.json and test.json; two or three numbers.",
            HelpName = "SHARE",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
            CustomParser = CommonOptions.Numbers,
        };
        var seed = new Option<int>("--seed") { Description = "Another seed gives another split.", HelpName = "N" };
        var command = new PaaCommand("coco", "Takes parts of a COCO file, or converts it to YOLO.",
            "Ids stay as they are. Boxes are kept; segmentations, keypoints and other keys are not.",
            "paa data convert coco instances.json --classes cat dog --out pets.json",
            "paa data convert coco instances.json --split 0.8 0.1 0.1 --seed 1 --out parts",
            "paa data convert coco instances.json --to yolo --out yolo")
        {
            file, output, format, classes, images, split, seed,
        };
        command.SetAction(arguments =>
        {
            var source = arguments.GetRequiredValue(file);
            var target = arguments.GetRequiredValue(output);
            var shares = arguments.GetRequiredValue(split);
            var isYolo = arguments.GetValue(format) == "yolo";
            if (shares.Length > 0 && isYolo) throw new UsageException("--split and --to yolo do not go together; split first.");
            if (shares.Length is 1 or > 3)
                throw new UsageException($"--split: expected two or three shares, got {shares.Length}.");
            string[] inputs = arguments.GetValue(images) is { } list ? [source, list] : [source];
            CheckTargets(target, inputs, isYolo, shares.Length);
            try
            {
                var set = Select(source, arguments.GetRequiredValue(classes), arguments.GetValue(images));
                if (isYolo) WriteYolo(shell, target, set);
                else if (shares.Length > 0) WriteParts(shell, target, set.Split(shares, arguments.GetValue(seed)));
                else DataConvertCommand.Write(shell, target, set);
            }
            catch (ArgumentException error)
            {
                throw new UsageException($"{source}: {error.Message}");
            }
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Only boxes are written, so a source that was replaced would have lost its segmentations.</summary>
    static void CheckTargets(string target, string[] inputs, bool isYolo, int partCount)
    {
        if (!isYolo && partCount == 0)
        {
            OutputFile.Check("--out", target, inputs);
            return;
        }
        OutputFile.CheckFolder("--out", target);
        foreach (var name in CommonOptions.Splits.Take(partCount))
            OutputFile.RefuseInput("--out", Path.Combine(target, $"{name}.json"), inputs);
    }

    static AnnotationSet Select(string file, string[] classes, string? imageList)
    {
        var set = AnnotationSet.From(CocoDataset.Load(file));
        if (classes.Length > 0) set = set.OfClasses(classes);
        if (imageList is null) return set;
        return set.OfImages(File.ReadLines(imageList).Select(line => line.Trim()).Where(line => line.Length > 0));
    }

    static void WriteParts(Shell shell, string folder, AnnotationSet[] parts)
    {
        Directory.CreateDirectory(folder);
        foreach (var (name, part) in CommonOptions.Splits.Zip(parts))
            DataConvertCommand.Write(shell, Path.Combine(folder, $"{name}.json"), part);
    }

    static void WriteYolo(Shell shell, string folder, AnnotationSet set)
    {
        var leftOut = YoloWriter.Write(folder, set);
        shell.Output.WriteLine($"{folder}: {set.Images.Count} images, {set.AnnotationCount - leftOut} boxes, "
            + $"{set.Categories.Count} classes; put the images into {Path.Combine(folder, "images")}");
        if (leftOut > 0) shell.Warn($"{leftOut} crowds or unusable boxes were left out.");
    }
}
