using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Mmdetection;
using Paa.Platform;

namespace Paa.Cli.Config;

/// <summary><c>paa config import</c>: converts a configuration of MMDetection to ours.</summary>
static class ConfigImportCommand
{
    static readonly (ImportNoteKind Kind, string Title)[] Groups =
    [
        (ImportNoteKind.Meaningless, "means nothing here"),
        (ImportNoteKind.ChangesTraining, "changes the training"),
        (ImportNoteKind.ChangesBoxes, "changes the boxes"),
    ];

    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "Configuration of a PAA run, of MMDetection 2.x or 3.x." };
        var output = new Option<string?>("--out") { Description = "YAML file; without it YAML is printed.", HelpName = "FILE" };
        var strict = new Option<bool>("--strict") { Description = "What changes the training or the boxes is an error." };
        var set = CommonOptions.Set();
        var command = new PaaCommand("import", "Turns a PAA configuration of MMDetection into ours.",
            "Python is not executed: assignments are read as far as they can be known. What is not carried over is listed with\n"
            + "its place, by what that means. A value that cannot be known can be given with --set, under our key.",
            "paa config import configs/paa/paa_r50_fpn_1x_coco.py --out mine.yaml",
            "paa config import work_dirs/mine/mine.py --strict --set data.train.ann_file=train.json > mine.yaml")
        {
            file, output, strict, set,
        };
        command.SetAction(arguments =>
        {
            var imported = MmdetectionImport.Read(arguments.GetRequiredValue(file), arguments.GetRequiredValue(set));
            Print(shell, imported.Notes);
            if (arguments.GetValue(strict)
                && imported.Notes.FirstOrDefault(note => note.Kind != ImportNoteKind.Meaningless) is { } first)
                throw new ConfigException(first.Location, first.Path, $"{first.Reason ?? "is not carried over"} (--strict)");
            var yaml = ConfigWriter.ToYaml(imported.Config);
            if (arguments.GetValue(output) is { } target) AtomicFile.WriteText(target, yaml);
            else shell.Output.Write(yaml);
            return ExitCode.Success;
        });
        return command;
    }

    static void Print(Shell shell, IReadOnlyList<ImportNote> notes)
    {
        foreach (var (kind, title) in Groups)
        {
            ImportNote[] group = [.. notes.Where(note => note.Kind == kind)];
            if (group.Length > 0) shell.Error.WriteLine($"{title}:");
            foreach (var note in group) shell.Error.WriteLine($"  {note}");
        }
    }
}
