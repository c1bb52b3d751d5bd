using System.CommandLine;
using Paa.Data.Formats;

namespace Paa.Cli.Commands;

/// <summary><c>paa data convert yolo</c>: a split of a YOLO data set to COCO.</summary>
static class DataConvertYoloCommand
{
    static readonly string[] Splits = ["train", "val", "test"];

    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("DATA.yaml") { Description = "Description of the data set." };
        var output = DataConvertCommand.Output();
        var split = new Option<string>("--split") { Description = "Split to convert.", DefaultValueFactory = _ => "train" };
        split.AcceptOnlyFromAmong(Splits);
        var command = new PaaCommand("yolo", "Converts a split of a YOLO data set to COCO.",
            "Each image is opened for its size. The folder for img_prefix is printed.",
            "paa data convert yolo my/data.yaml --out my/train.json",
            "paa data convert yolo my/data.yaml --split val --out my/val.json")
        {
            file, output, split,
        };
        command.SetAction(arguments =>
        {
            var (set, root) = YoloReader.Read(arguments.GetRequiredValue(file), arguments.GetRequiredValue(split));
            DataConvertCommand.Write(shell, arguments.GetRequiredValue(output), set);
            shell.Output.WriteLine($"img_prefix: {root}");
            return ExitCode.Success;
        });
        return command;
    }
}
