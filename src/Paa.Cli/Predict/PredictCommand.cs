using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Inference;

namespace Paa.Cli.Predict;

/// <summary><c>paa predict</c>: detects objects in image files.</summary>
static class PredictCommand
{
    const double DefaultScore = 0.3;

    public static Command Create(Shell shell)
    {
        var checkpoint = new Argument<string>("CHECKPOINT")
        {
            Description = DetectorArgument.Description,
        };
        var images = new Argument<string[]>("IMAGE|DIR|GLOB")
        {
            Description = "Image files, folders (without their subfolders), patterns such as 'photos/**/*.jpg'; "
                + "- for an image on standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Folder for pictures with the boxes drawn in.",
            HelpName = "DIR",
        };
        var results = new Option<string?>("--results")
        {
            Description = "File for all detections: .json, .jsonl or .csv; - for standard output.",
            HelpName = "FILE",
        };
        var format = new Option<string?>("--format")
        {
            Description = "Format of --results, if its ending does not say it; yolo is a folder.",
        };
        format.AcceptOnlyFromAmong([.. Enum.GetNames<ResultFormat>().Select(name => name.ToLowerInvariant())]);
        var json = CommonOptions.Json();
        var resume = new Option<bool>("--resume") { Description = "Go on with the images that --results FILE.jsonl lacks." };
        var overwrite = OutputFile.Overwrite();
        var score = Number("--score", "Lowest score, 0 to 1.", DefaultScore);
        var iou = new Option<double?>("--iou")
        {
            Description = "IoU above which the better of two boxes of a class suppresses the other; else the detector's.",
            HelpName = "T",
            CustomParser = result => CommonOptions.Number(result),
        };
        var classes = new Option<string[]>("--classes")
        {
            Description = "Only objects of these classes.",
            HelpName = "NAME",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var most = new Option<int?>("--max") { Description = "At most this many objects an image.", HelpName = "N" };
        var set = CommonOptions.Set();
        var times = new Option<bool>("--times") { Description = "Print the time of each stage." };
        var inference = new InferenceArguments();
        var command = new PaaCommand("predict", "Finds the objects in images.",
            "A broken image is reported and the rest go on; the exit code is then 1. Ctrl+C keeps what was found. Pictures\n"
            + "replace only earlier pictures of this command, unless --overwrite is given.",
            "paa predict work_dirs/paa_r18_bccd/best.pth photo.jpg",
            "paa predict work_dirs/mine/epoch_12.pth photo.jpg --set model.test_cfg.nms_iou_threshold=0.5",
            "paa predict work_dirs/paa_r18_bccd/best.pth photos --out drawn --results drawn/detections.json",
            "paa predict paa_r50_fpn_1x_coco 'photos/**/*.jpg' --results found.jsonl --resume",
            "curl -s https://example.org/photo.jpg | paa predict best.pth - --score 0.5 --json")
        {
            checkpoint, images, output, results, format, json, resume, overwrite, score, iou, classes, most, set, inference.Tta,
            inference.Device, inference.Engine, inference.Precision, inference.Threads, times,
        };
        command.SetAction(arguments =>
        {
            using var stages = arguments.GetValue(times) ? new StageTimes(shell.Error) : null;
            return Run(shell, new Request(
                arguments.GetRequiredValue(checkpoint), ImageFiles.Find(arguments.GetRequiredValue(images)),
                arguments.GetValue(output), ResultTarget.Of(arguments.GetValue(results), arguments.GetValue(format),
                    arguments.GetValue(json), arguments.GetValue(resume)),
                arguments.GetValue(overwrite), arguments.GetValue(score), arguments.GetValue(iou),
                arguments.GetRequiredValue(classes), arguments.GetValue(most), arguments.GetRequiredValue(set),
                inference.Read(arguments)));
        });
        return command;

        static Option<double> Number(string name, string description, double value) => new(name)
        {
            Description = description,
            HelpName = "S",
            DefaultValueFactory = _ => value,
            CustomParser = CommonOptions.Number,
        };
    }

    sealed record Request(
        string Checkpoint, IReadOnlyList<string> Images, string? OutputFolder, ResultTarget? Results, bool MayOverwrite,
        double Score, double? Iou, string[] Classes, int? Max, string[] Overrides, InferenceOptions Inference);

    /// <summary>Where the detections are written.</summary>
    sealed record ResultTarget(string Path, ResultFormat Format, bool IsResumed)
    {
        public bool IsOutput => Path == ResultWriter.StandardOutput;

        /// <summary>The target that the options name; null for none.</summary>
        /// <exception cref="UsageException">They contradict each other.</exception>
        public static ResultTarget? Of(string? path, string? format, bool isJson, bool isResumed)
        {
            if (isJson && (path ?? ResultWriter.StandardOutput) != ResultWriter.StandardOutput)
                throw new UsageException("--json prints on standard output; give it or --results FILE, not both.");
            if (isJson) path = ResultWriter.StandardOutput;
            if (path is null && format is not null) throw new UsageException("--format needs --results FILE.");
            var target = path is null ? null : new ResultTarget(path,
                format is null ? ResultWriter.FormatOf(path) : Enum.Parse<ResultFormat>(format, ignoreCase: true), isResumed);
            if (target is { IsOutput: true, Format: ResultFormat.Yolo })
                throw new UsageException("--format yolo writes a folder; name one with --results DIR.");
            if (isResumed && target is not { Format: ResultFormat.Jsonl, IsOutput: false })
                throw new UsageException("--resume needs --results FILE.jsonl, which is written image by image.");
            return target;
        }

        /// <summary>Checks that it can be written and replaces nothing that is read.</summary>
        public void Check(IEnumerable<string> inputs, bool mayOverwrite)
        {
            if (IsOutput) return;
            if (Format != ResultFormat.Yolo)
            {
                OutputFile.Check("--results", Path, inputs);
                return;
            }
            OutputFile.CheckFolder("--results", Path);
            if (!mayOverwrite && ResultWriter.HoldsForeignLabels(Path))
                throw new UsageException($"--results {Path}: it has text files that 'paa predict' did not write, perhaps labels "
                    + "of a data set; choose another folder, or give --overwrite.");
        }
    }

    static int Run(Shell shell, Request request)
    {
        if (request.Score is not (>= 0 and <= 1)) throw new UsageException($"--score: expected 0 to 1, got {request.Score}.");
        if (request.Iou is not (null or (>= 0 and <= 1))) throw new UsageException($"--iou: expected 0 to 1, got {request.Iou}.");
        if (request.Max is { } most) CommonOptions.AtLeast(1, "--max", most);
        var named = DetectorArgument.Find(shell, request.Checkpoint, null, request.Overrides);
        var checkpoint = WeightArgument.Resolve(shell, named.Weights);
        var folder = request.OutputFolder is { } output ? new DrawingFolder(output, request.Images, request.MayOverwrite) : null;
        request.Results?.Check([checkpoint, .. request.Images], request.MayOverwrite);        // often in that folder

        using var detector = Load(request, checkpoint, named.Config);
        foreach (var notice in detector.Notices) shell.Warn(notice);
        var session = new PredictionSession(detector, folder, shell.Input);
        var writer = request.Results is { } results
            ? ResultWriter.Open(
                results.Format, results.Path, request.Checkpoint, detector.Classes, shell.Output, results.IsResumed)
            : null;

        int failed;
        try
        {
            // On a terminal the lines show the progress; a bar would be drawn over them.
            failed = shell.IsOutputTerminal
                ? Predict(shell, request, session, writer, null)
                : ProgressBar.Show(shell, "images", request.Images.Count,
                    progress => Predict(shell, request, session, writer, progress));
        }
        finally
        {
            writer?.Complete();                 // also after Ctrl+C: what was found is kept
        }
        if (failed == 0) return ExitCode.Success;
        shell.Error.WriteLine($"paa predict: {failed} of {request.Images.Count} images failed.");
        return ExitCode.Failure;
    }

    static Detector Load(Request request, string checkpoint, SourcedConfig? named)
    {
        ImagingRuntime.BeginLoading();
        LoadedDetector loaded;
        using (PredictionActivity.Start(PredictionActivity.Weights))
            loaded = DetectorFile.Load(checkpoint, named, request.Overrides);
        using var activity = PredictionActivity.Start(PredictionActivity.Load);
        return Detector.Of(loaded, request.Inference, new DetectionOptions
        {
            MinScore = (float)request.Score,
            NmsIouThreshold = (float?)request.Iou,
            MaxDetections = request.Max,
            Classes = [.. request.Classes.Select(name => Known(name, loaded.Classes))],
        });
    }

    static string Known(string name, IReadOnlyList<string> classes) => classes.Contains(name) ? name
        : throw new UsageException($"--classes: the detector has no class '{name}'"
            + (NearestName.Find(name, classes) is { } nearest ? $", did you mean '{nearest}'?" : "."));

    /// <summary>Predicts all images; returns how many failed.</summary>
    static int Predict(
        Shell shell, Request request, PredictionSession session, ResultWriter? writer, IProgress<int>? progress)
    {
        var (done, failed) = (0, 0);
        foreach (var file in request.Images)
        {
            shell.Stop.ThrowIfCancellationRequested();
            progress?.Report(++done);
            if (writer?.Done.ContainsKey(file) == true) continue;
            var result = session.Predict(file);
            writer?.Add(result);
            if (result.Error is { } problem)
            {
                failed++;
                shell.Tell($"paa predict: {problem}");
            }
            else if (request.Results is not { IsOutput: true })
            {
                shell.Output.WriteLine(result.Summary);
            }
        }
        return failed;
    }
}
