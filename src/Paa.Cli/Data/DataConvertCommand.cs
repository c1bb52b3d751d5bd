using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Data.Formats;

namespace Paa.Cli.Data;

/// <summary><c>paa data convert</c>: converts other formats to COCO, COCO to YOLO, and selects parts of COCO files.</summary>
static class DataConvertCommand
{
    public static Command Create(Shell shell) => new PaaCommand("convert", "Converts annotations between formats.", null,
        "paa data convert voc VOC2007/Annotations --out voc.json",
        "paa data convert yolo my/data.yaml --split val --out val.json",
        "paa data convert coco instances.json --out parts --split 0.8 0.2")
    {
        DataConvertVocCommand.Create(shell), DataConvertYoloCommand.Create(shell), DataConvertCocoCommand.Create(shell),
    };

    /// <summary>The option <c>--classes a b</c>.</summary>
    public static Option<string[]> Classes() => new("--classes")
    {
        Description = "Class names in label order; boxes of others are left out.",
        HelpName = "NAME",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    /// <summary>The option <c>--out FILE</c>.</summary>
    public static Option<string> Output() =>
        new("--out") { Description = "COCO annotation file to write.", HelpName = "FILE", Required = true };

    /// <summary>Writes a set as COCO and prints its size.</summary>
    public static void Write(Shell shell, string file, AnnotationSet set)
    {
        CocoWriter.Write(file, set);
        shell.Output.WriteLine(
            $"{file}: {set.Images.Count} images, {set.AnnotationCount} annotations, {set.Categories.Count} classes");
    }
}

/// <summary><c>paa data convert voc</c>: converts a folder of Pascal VOC's XML files to COCO.</summary>
static class DataConvertVocCommand
{
    public static Command Create(Shell shell)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of the XML files." };
        var output = DataConvertCommand.Output();
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images; needed if an XML file does not give the size.",
            HelpName = "DIR",
        };
        var classes = DataConvertCommand.Classes();
        var command = new PaaCommand("voc", "Converts a folder of Pascal VOC's XML files to COCO.",
            "As in MMDetection, 1 is subtracted from every coordinate, and difficult objects become crowds.",
            "paa data convert voc VOC2007/Annotations --out voc.json",
            "paa data convert voc my/xml --images my/images --classes cat dog --out my/train.json")
        {
            folder, output, images, classes,
        };
        command.SetAction(arguments =>
        {
            OutputFile.Check("--out", arguments.GetRequiredValue(output));
            var wanted = arguments.GetRequiredValue(classes);
            var set = VocReader.Read(
                arguments.GetRequiredValue(folder), arguments.GetValue(images), wanted.Length > 0 ? wanted : null);
            DataConvertCommand.Write(shell, arguments.GetRequiredValue(output), set);
            return ExitCode.Success;
        });
        return command;
    }
}

/// <summary><c>paa data convert yolo</c>: converts a split of a YOLO data set to COCO.</summary>
static class DataConvertYoloCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("DATA.yaml") { Description = "Description of the data set." };
        var output = DataConvertCommand.Output();
        var split = CommonOptions.Split("train", "Split to convert.");
        var command = new PaaCommand("yolo", "Converts a split of a YOLO data set to COCO.",
            "Each image is opened for its size. The folder for img_prefix is printed.",
            "paa data convert yolo my/data.yaml --out my/train.json",
            "paa data convert yolo my/data.yaml --split val --out my/val.json")
        {
            file, output, split,
        };
        command.SetAction(arguments =>
        {
            OutputFile.Check("--out", arguments.GetRequiredValue(output), arguments.GetRequiredValue(file));
            var (set, root) = YoloReader.Read(arguments.GetRequiredValue(file), arguments.GetRequiredValue(split));
            DataConvertCommand.Write(shell, arguments.GetRequiredValue(output), set);
            shell.Output.WriteLine($"img_prefix: {root}");
            return ExitCode.Success;
        });
        return command;
    }
}
