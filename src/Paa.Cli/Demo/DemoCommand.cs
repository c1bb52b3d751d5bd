using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Paa.Cli.Data;
using Paa.Cli.Shared;
using Paa.Cli.Test;
using Paa.Cli.Train;
using Paa.Configuration;
using Paa.Data;
using Paa.Data.Synth;
using Paa.Detectors;
using Paa.Evaluation;
using Paa.Options;
using Paa.Platform;
using Paa.Training;
using Paa.Training.Logs;

namespace Paa.Cli.Demo;

/// <summary><c>paa demo</c>: creates data, trains a detector and writes a report.</summary>
static class DemoCommand
{
    const string ConfigFile = "configs/demo/paa_r18_demo.yaml";
    const string DefaultFolder = "work_dirs/demo";
    const int SheetImages = 20;
    const float SheetScore = 0.5f;       // after three minutes of training, most detections below this are wrong

    static readonly SynthOptions Data = new() { TrainImages = 400, ValImages = 50, TestImages = 100 };

    public static Command Create(Shell shell)
    {
        var folder = new Option<string>("--out")
        {
            Description = "Folder for everything.",
            HelpName = "DIR",
            DefaultValueFactory = _ => DefaultFolder,
        };
        var (set, threads) = (CommonOptions.Set(), CommonOptions.Threads());
        var command = new PaaCommand("demo", "Makes images, trains a small detector from scratch, and reports what it learned.",
            "Ends with COCO's metrics, test images with the boxes drawn in, and a page with curves and pictures.\n"
            + "Takes under five minutes on two cores.",
            "paa demo", "paa demo --out my_demo --set runner.max_epochs=2") { folder, set, threads };
        command.SetAction(arguments =>
        {
            var config = ConfigLoader.Load(Installation.Find(ConfigFile), arguments.GetRequiredValue(set));
            config = config with { ThreadCount = arguments.GetValue(threads) ?? config.ThreadCount };
            return Run(shell, arguments.GetRequiredValue(folder), config);
        });
        return command;
    }

    static int Run(Shell shell, string folder, PaaConfig template)
    {
        var clock = Stopwatch.StartNew();
        var config = At(folder, template);
        shell.Error.WriteLine("1/4 making images");
        DataSynthCommand.Write(shell, Path.Combine(folder, "data"), Data);

        shell.Error.WriteLine("2/4 training");
        ForgetEarlierRun(folder);
        AtomicFile.WriteText(Path.Combine(folder, RunFolder.ConfigName), ConfigWriter.ToYaml(config));
        var progress = new TrainingProgress(shell);
        TrainingResult result;
        using (var trainer = new Trainer(config, folder, "demo", progress))
            result = progress.Show(() => trainer.Train(shell.Stop));
        if (!result.IsFinished) throw new OperationCanceledException(shell.Stop);

        shell.Error.WriteLine("3/4 evaluating");
        var checkpoint = Path.Combine(folder, CheckpointStore.BestName);
        if (!File.Exists(checkpoint)) checkpoint = result.Checkpoint!;
        var detector = DetectorFile.Load(checkpoint, config);
        var metrics = ModelEvaluation.Run(
            shell, detector, run => run.Data.Test, InferenceArguments.Default(config)).Evaluation.Metrics;

        shell.Error.WriteLine("4/4 drawing");
        var (sheet, report) = (Path.Combine(folder, "contact_sheet.jpg"), Path.Combine(folder, "report.html"));
        Draw(config, checkpoint, sheet);
        var history = LogReader.Read(Path.Combine(folder, TrainingLog.FileName));
        AtomicFile.WriteText(report, DemoReport.Build(
            "Paa: a detector from scratch", history, metrics, File.ReadAllBytes(sheet), ConfigWriter.ToYaml(config)));

        shell.Output.Write(CocoReport.ToText(metrics));
        shell.Output.WriteLine();
        (string Name, string Path)[] files =
        [
            ("data", Path.Combine(folder, "data")), ("checkpoint", checkpoint),
            ("log", Path.Combine(folder, TrainingLog.FileName)), ("pictures", sheet), ("report", report),
        ];
        foreach (var (name, path) in files) shell.Output.WriteLine($"{name,-12}{path}");
        shell.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"took",-12}{clock.Elapsed:m\\:ss} minutes"));
        return ExitCode.Success;
    }

    /// <summary>The configuration with its data in the demo's folder.</summary>
    static PaaConfig At(string folder, PaaConfig config)
    {
        var images = Path.Combine(folder, "data", "images");
        return config with
        {
            WorkFolder = folder,
            Data = config.Data with
            {
                Train = Set(config.Data.Train, "train"),
                Val = Set(config.Data.Val, "val"),
                Test = Set(config.Data.Test, "test"),
            },
        };

        DatasetOptions Set(DatasetOptions options, string name) =>
            options with { AnnotationFiles = [Path.Combine(folder, "data", $"{name}.json")], ImageFolders = [images] };
    }

    /// <summary>
    /// Removes an earlier demo, because a demo always starts afresh; only files with the names of a run are removed.
    /// </summary>
    static void ForgetEarlierRun(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*.pth")) File.Delete(file);
        File.Delete(Path.Combine(folder, TrainingLog.FileName));
    }

    static void Draw(PaaConfig config, string checkpoint, string path)
    {
        using var detector = Detector.Load(checkpoint, config: config);
        var dataset = CocoDataset.Load(config.Data.Test, config.Data.Classes);
        using var sheet = PairSheet.Draw(dataset, detector, SheetImages, SheetScore);
        sheet.Picture.Save(path);
    }
}
