using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Cli.Train;
using Paa.Platform;
using Paa.Training.Recipes;
using Spectre.Console;

namespace Paa.Cli.New;

/// <summary><c>paa new</c>: writes a configuration for one's own photographs.</summary>
static class NewCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Argument<string>("FILE") { Description = "Configuration to write, such as mine.yaml." };
        var train = new Option<string?>("--train")
        {
            Description = "Annotations: COCO JSON, a folder of VOC's XML files, YOLO's data.yaml, or the folder of an export.",
            HelpName = "ANN",
        };
        var images = new Option<string?>("--images")
        {
            Description = "Folder of the images, if they do not lie where they usually do.",
            HelpName = "DIR",
        };
        var val = new Option<string?>("--val")
        {
            Description = "Annotations to evaluate on; by default those of the export, or a fifth of the images.",
            HelpName = "ANN",
        };
        var test = new Option<string?>("--test")
        {
            Description = "Annotations for 'paa test'; by default those of the export, or --val.",
            HelpName = "ANN",
        };
        var from = new Option<string>("--from")
        {
            Description = "Weights to begin with: a backbone, a detector of the zoo, your own checkpoint or run, or scratch.",
            HelpName = "NAME",
            DefaultValueFactory = _ => RecipeStart.Default.Weights!,
        };
        var budget = new Option<TimeSpan?>("--budget")
        {
            Description = "Time for the training, such as 15m; by default as much as the data need.",
            HelpName = "TIME",
            CustomParser = TrainCommand.ParseBudget,
        };
        var device = CommonOptions.Device();
        var overwrite = OutputFile.Overwrite();
        var silent = new Option<bool>("--no-input") { Description = "Never ask, also on a terminal." };
        var command = new PaaCommand("new", "Writes a configuration for your own images, with the reason of each choice.",
            "What training cannot read as it is (VOC, YOLO, ids that are texts, one file for everything) is written as COCO\n"
            + "JSON beside FILE; the annotations themselves stay as they are.\n"
            + "Relative paths are relative to the folder where you type this, and later 'paa train'.",
            "paa new mine.yaml --train my/train.json --images my/images --val my/val.json",
            "paa new mine.yaml --train export/train --budget 15m",
            "paa new mine.yaml --train my/data.yaml --from torchvision://resnet50 --device cuda",
            "paa new mine.yaml --train VOC2007 --from scratch",
            "paa new more.yaml --train my/new.json --images my/images --from work_dirs/mine/best.pth")
        {
            file, train, images, val, test, from, budget, device, overwrite, silent,
        };
        command.SetAction(arguments =>
        {
            var path = arguments.GetRequiredValue(file);
            CheckFile(path, arguments.GetValue(overwrite));
            var annotations = arguments.GetValue(train) ?? Ask(shell, arguments.GetValue(silent));
            var options = new RecipeOptions
            {
                Start = StartArgument.Find(shell, arguments.GetRequiredValue(from)),
                Budget = arguments.GetValue(budget),
                Device = arguments.GetValue(device) ?? "cpu",
            };
            Compute.ParseDevice(options.Device);
            var request = new OwnDataRequest(annotations)
            {
                Images = arguments.GetValue(images),
                Val = arguments.GetValue(val),
                Test = arguments.GetValue(test),
                FilePrefix = Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path)),
            };
            return Run(shell, path, request, options, arguments.GetValue(overwrite));
        });
        return command;
    }

    static int Run(Shell shell, string path, OwnDataRequest request, RecipeOptions options, bool overwrites)
    {
        var data = OwnData.Find(request);
        string[] inputs = [.. new[] { request.Train, request.Val, request.Test }.OfType<string>().Where(File.Exists)];
        foreach (var file in data.Files)
        {
            if (File.Exists(file) && !overwrites)
                throw new UsageException($"{file} exists already; give --overwrite, or another FILE.");
            OutputFile.RefuseInput("FILE", file, inputs);
        }
        OutputFile.RefuseInput("FILE", path, inputs);
        var written = data.Write();
        var recipe = Recipe.For(data, options);
        AtomicFile.WriteText(path, recipe.ToYaml(Heading(path, request, recipe)));
        NewReport.Print(shell, path, data, written, recipe);
        return ExitCode.Success;
    }

    static string[] Heading(string path, OwnDataRequest request, Recipe recipe) =>
    [
        $"A detector for {request.Train}: {recipe.Survey.Images.Count} images, {recipe.Survey.BoxCount} boxes, "
            + $"{recipe.Survey.Classes.Count} classes to learn from.",
        "Written by 'paa new', to be read and changed. Paths are relative to the folder where paa is started.",
        $"  paa train {Quoted(path)}",
    ];

    /// <summary>A path as it is typed in a shell.</summary>
    internal static string Quoted(string path) =>
        path.All(letter => char.IsLetterOrDigit(letter) || "/._-\\:".Contains(letter, StringComparison.Ordinal))
            ? path : $"'{path}'";

    static void CheckFile(string path, bool overwrites)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".yaml" or ".yml"))
            throw new UsageException($"FILE: expected a name that ends with .yaml, got '{path}'.");
        OutputFile.Check("FILE", path);
        if (File.Exists(path) && !overwrites)
            throw new UsageException($"{path} exists already; give --overwrite, or another FILE.");
    }

    /// <summary>Asks for the annotations, if somebody is there to answer.</summary>
    static string Ask(Shell shell, bool isSilent)
    {
        if (isSilent || !shell.IsTerminal || Console.IsInputRedirected)
            throw new UsageException("--train is missing: name your annotations, a COCO JSON file or the folder of an export.");
        return shell.Progress.Prompt(new TextPrompt<string>("Annotations (a COCO JSON file, or the folder of an export):")
            .Validate(text => Path.Exists(text)
                ? ValidationResult.Success() : ValidationResult.Error("There is no such file or folder.")));
    }
}

/// <summary>The argument <c>--from NAME</c>.</summary>
static class StartArgument
{
    const string Scratch = "scratch";

    /// <summary>Finds the weights that a name stands for.</summary>
    /// <exception cref="UsageException">It stands for none.</exception>
    public static RecipeStart Find(Shell shell, string name)
    {
        if (name == Scratch) return RecipeStart.Scratch;
        if (Directory.Exists(name)) return RecipeStart.OfFile(RunFolder.FindWeights(name)
            ?? throw new UsageException($"--from: the folder '{name}' has no checkpoint; name that of a run."));
        if (File.Exists(name)) return RecipeStart.OfFile(name);
        if (Paa.Zoo.ZooCatalogue.Find(name) is { } model)
            return RecipeStart.OfDetector(
                model.Name, ConfigArgument.Load(shell, ConfigArgument.FileOf(model), [], ConfigUse.Look).Config);
        if (name.Contains("://", StringComparison.Ordinal))
        {
            try
            {
                return RecipeStart.OfBackbone(name);
            }
            catch (ArgumentException error)
            {
                throw new UsageException($"--from: {error.Message}");
            }
        }
        throw new UsageException($"--from: '{name}' is no file, run folder or detector of 'paa zoo list'; or give {Scratch}, or "
            + "a backbone such as nuget://resnet18.");
    }
}
