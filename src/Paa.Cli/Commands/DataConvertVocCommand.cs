using System.CommandLine;
using Paa.Data.Formats;

namespace Paa.Cli.Commands;

/// <summary><c>paa data convert voc</c>: a folder of Pascal VOC's XML files to COCO.</summary>
static class DataConvertVocCommand
{
    public static Command Create(Shell shell)
    {
        var folder = new Argument<string>("DIR") { Description = "Folder of the XML files." };
        var output = DataConvertCommand.Output();
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images; needed where an XML file does not tell the size.",
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
            var wanted = arguments.GetRequiredValue(classes);
            var set = VocReader.Read(
                arguments.GetRequiredValue(folder), arguments.GetValue(images), wanted.Length > 0 ? wanted : null);
            DataConvertCommand.Write(shell, arguments.GetRequiredValue(output), set);
            return ExitCode.Success;
        });
        return command;
    }
}
