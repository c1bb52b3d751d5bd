using System.CommandLine;
using Paa.Data.Formats;

namespace Paa.Cli.Commands;

/// <summary><c>paa data convert</c>: other formats to COCO, parts of COCO files, and COCO to YOLO.</summary>
static class DataConvertCommand
{
    public static Command Create(Shell shell) => new PaaCommand("convert", "Converts annotations between formats.", null,
        "paa data convert voc VOC2007/Annotations --out voc.json",
        "paa data convert yolo my/data.yaml --split val --out val.json",
        "paa data convert coco instances.json --out parts --split 0.8 0.2")
    {
        DataConvertVocCommand.Create(shell), DataConvertYoloCommand.Create(shell), DataConvertCocoCommand.Create(shell),
    };

    /// <summary><c>--classes a b</c>.</summary>
    public static Option<string[]> Classes() => new("--classes")
    {
        Description = "Class names in label order; boxes of others are left out.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary><c>--out FILE</c>.</summary>
    public static Option<string> Output() =>
        new("--out") { Description = "COCO annotation file to write.", HelpName = "FILE", Required = true };

    /// <summary>Writes a set as COCO and says so.</summary>
    public static void Write(Shell shell, string file, AnnotationSet set)
    {
        CocoWriter.Write(file, set);
        shell.Output.WriteLine(
            $"{file}: {set.Images.Count} images, {set.AnnotationCount} annotations, {set.Categories.Count} classes");
    }
}
