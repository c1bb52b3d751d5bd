using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Paa.Cli.New;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Data;
using Paa.Evaluation;
using Paa.Options;
using Paa.Platform;
using Paa.Training.Logs;
using Paa.Zoo;

namespace Paa.Cli.Demo;

/// <summary><c>paa demo</c>: goes the way from photographs to a detector, by the commands that a user would type.</summary>
static class DemoCommand
{
    const string DefaultFolder = "work_dirs/demo";
    const string Budget = "4m";          // of the training; with everything around it the demo takes less than five
    const int SheetImages = 20;
    const string Score = "0.5";          // after a short training most of what scores less is wrong

    /// <param name="shell">Shows the steps.</param>
    /// <param name="run">Runs a command of this program on the same streams; returns its exit code.</param>
    public static Command Create(Shell shell, Func<string[], int> run)
    {
        var folder = new Option<string>("--out")
        {
            Description = "Folder for everything.",
            HelpName = "DIR",
            DefaultValueFactory = _ => DefaultFolder,
        };
        var data = new Option<string?>("--data")
        {
            Description = "Photographs: a folder with train.json, val.json, test.json and images; by default "
                + "samples/bccd of the clone.",
            HelpName = "DIR",
        };
        var (set, threads) = (CommonOptions.Set(), CommonOptions.Threads());
        var command = new PaaCommand("demo", "Trains a detector of blood cells on photographs, and shows what it found.",
            "Runs, and shows, the commands for one's own photographs: paa new, train, test and predict. Ends with COCO's\n"
            + "metrics, test photographs with the boxes drawn in, and a page with curves and pictures. Takes under five\n"
            + "minutes on two cores.",
            "paa demo", "paa demo --out my_demo --set runner.budget=10m") { folder, data, set, threads };
        command.SetAction(arguments => new Demo(shell, run, DemoData.Find(arguments.GetValue(data)),
            arguments.GetRequiredValue(folder), arguments.GetRequiredValue(set), arguments.GetValue(threads)).Run());
        return command;
    }

    /// <summary>One demo.</summary>
    sealed class Demo(Shell shell, Func<string[], int> run, DemoData data, string folder, string[] overrides, int? threads)
    {
        readonly string _config = Path.Combine(folder, "mine.yaml");
        readonly string _run = Path.Combine(folder, "run");
        readonly string _results = Path.Combine(folder, "detections.json");
        readonly string _drawn = Path.Combine(folder, "drawn");
        readonly Stopwatch _clock = Stopwatch.StartNew();
        int _step;

        string[] Threads => threads is { } count ? ["--threads", count.ToString(CultureInfo.InvariantCulture)] : [];

        string[] Overrides => overrides.Length > 0 ? ["--set", .. overrides] : [];

        string Checkpoint => RunFolder.NewestWeights(_run);

        public int Run()
        {
            ForgetEarlierRun();
            foreach (var step in new Func<int>[] { New, Train, Test, Predict })
                if (step() is not ExitCode.Success and var code) return code;
            Report();
            return ExitCode.Success;
        }

        int New() => Do("a configuration for these photographs",
        [
            "new", _config, "--train", data.Annotations("train"), "--images", data.Images, "--val", data.Annotations("val"),
            "--test", data.Annotations("test"), "--budget", Budget, .. Start(),
        ]);

        int Train() => Do("training", ["train", _config, "--work-dir", _run, .. Overrides, .. Threads]);

        int Test() => Do("evaluating on photographs that it has never seen",
            ["test", Checkpoint, "--out", _results, .. Threads]);

        int Predict()
        {
            var photograph = CocoDataset.Load(
                new DatasetOptions { AnnotationFiles = [data.Annotations("test")], ImageFolders = [data.Images] }).ImagePath(0);
            return Do("finding cells on one of them",
                ["predict", Checkpoint, photograph, "--out", _drawn, "--score", Score, .. Threads]);
        }

        /// <summary>Shows a command as a user would type it, and runs it.</summary>
        int Do(string purpose, string[] arguments)
        {
            var typed = string.Join(' ', arguments.Select(NewCommand.Quoted));
            shell.Error.WriteLine($"{(_step > 0 ? Environment.NewLine : "")}{++_step}/4 {purpose}");
            shell.Error.WriteLine($"$ paa {typed}");
            return run(arguments);
        }

        /// <summary>Without network there is no pretrained backbone, and the demo goes on without one.</summary>
        string[] Start()
        {
            try
            {
                PackagedResNet18.Locate(shell.Stop);
                return [];
            }
            catch (DownloadException error)
            {
                shell.Warn($"{error.Message} The demo goes on from random weights, which reach less in the same time.");
                return ["--from", "scratch"];
            }
        }

        /// <summary>
        /// Removes an earlier demo, because a demo always starts afresh; only files with the names of a run are removed.
        /// </summary>
        void ForgetEarlierRun()
        {
            Directory.CreateDirectory(_run);
            foreach (var file in Directory.EnumerateFiles(_run, "*.pth")) File.Delete(file);
            foreach (var file in new[] { _config, _results, Path.Combine(_run, TrainingLog.FileName) }) File.Delete(file);
        }

        void Report()
        {
            var config = ConfigLoader.Load(Path.Combine(_run, RunFolder.ConfigName));
            var dataset = CocoDataset.Load(config.Data.Test, config.Data.Classes);
            var metrics = CocoEvaluator.Evaluate(dataset, CocoResults.Read(_results, dataset), _results);
            var (sheet, report) = (Path.Combine(folder, "contact_sheet.jpg"), Path.Combine(folder, "report.html"));
            using (var detector = Detector.Load(Checkpoint))
            using (var pairs = PairSheet.Draw(dataset, detector, SheetImages, float.Parse(Score, CultureInfo.InvariantCulture)))
                pairs.Picture.Save(sheet);
            var history = LogReader.Read(Path.Combine(_run, TrainingLog.FileName));
            AtomicFile.WriteText(report, DemoReport.Build("Paa: a detector of blood cells", history, metrics,
                File.ReadAllBytes(sheet), ConfigWriter.ToYaml(config)));

            (string Name, string Path)[] files =
            [
                ("data", data.Folder), ("recipe", _config), ("checkpoint", Checkpoint), ("pictures", sheet), ("report", report),
            ];
            shell.Output.WriteLine();
            foreach (var (name, path) in files) shell.Output.WriteLine($"{name,-12}{path}");
            shell.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{"took",-12}{_clock.Elapsed:m\\:ss} minutes, AP50 {metrics.AP50:0.000} on {dataset.Images.Count} test "
                + $"photographs"));
            shell.Output.WriteLine();
            shell.Output.WriteLine("Next, with your own photographs:");
            shell.Output.WriteLine("  paa new mine.yaml --train my/train.json --images my/images");
        }
    }
}
