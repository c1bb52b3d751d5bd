using System.CommandLine;
using Paa.Cli.Shared;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Inference;
using Paa.Platform;
using Paa.Reports;
using Spectre.Console;

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
            Description = "Image files, folders (without their subfolders), and patterns such as 'photos/**/*.jpg'.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string?>("--out")
        {
            Description = "Folder for pictures with the boxes drawn in.",
            HelpName = "DIR",
        };
        var json = new Option<string?>("--json")
        {
            Description = "File for all detections; - for standard output.",
            HelpName = "FILE",
        };
        var score = new Option<double>("--score")
        {
            Description = "Lowest score, 0 to 1.",
            HelpName = "S",
            DefaultValueFactory = _ => DefaultScore,
        };
        var set = CommonOptions.Set();
        var times = new Option<bool>("--times") { Description = "Print the time of each stage." };
        var inference = new InferenceArguments();
        var command = new PaaCommand("predict", "Finds the objects in images.",
            "A broken image is reported and the rest go on; the exit code is then 1.",
            "paa predict work_dirs/paa_r18_bccd/best.pth photo.jpg",
            "paa predict work_dirs/mine/epoch_12.pth photo.jpg --set model.test_cfg.nms_iou_threshold=0.5",
            "paa predict work_dirs/paa_r18_bccd/best.pth photos --out drawn --json drawn/detections.json",
            "paa predict paa_r50_fpn_1x_coco 'photos/**/*.jpg' --score 0.5 --json - > detections.json")
        {
            checkpoint, images, output, json, score, set, inference.Tta, inference.Device, inference.Engine, inference.Precision,
            inference.Threads, times,
        };
        command.SetAction(arguments =>
        {
            using var stages = arguments.GetValue(times) ? new StageTimes(shell.Error) : null;
            return Run(shell, new Request(
                arguments.GetRequiredValue(checkpoint), ImageFiles.Find(arguments.GetRequiredValue(images)),
                arguments.GetValue(output), arguments.GetValue(json), arguments.GetValue(score),
                arguments.GetRequiredValue(set), inference.Read(arguments)));
        });
        return command;
    }

    sealed record Request(
        string Checkpoint, IReadOnlyList<string> Images, string? OutputFolder, string? JsonFile, double Score,
        string[] Overrides, InferenceOptions Inference);

    static int Run(Shell shell, Request request)
    {
        if (request.Score is not (>= 0 and <= 1)) throw new UsageException($"--score: expected 0 to 1, got {request.Score}.");
        using var predictor = Load(shell, request);
        foreach (var notice in predictor.Notices) shell.Warn(notice);
        var folder = request.OutputFolder is { } output ? new DrawingFolder(output) : null;
        var session = new PredictionSession(predictor, (float)request.Score, folder);

        // On a terminal the lines show the progress; a bar would be drawn over them.
        var results = shell.IsOutputTerminal
            ? Predict(shell, request, session, null)
            : ProgressBar.Show(shell, "images", request.Images.Count, progress => Predict(shell, request, session, progress));
        if (request.JsonFile is { } jsonFile)
        {
            var text = Json.Text(new { request.Checkpoint, predictor.Classes, Images = results });
            if (jsonFile == "-") shell.Output.WriteLine(text);
            else AtomicFile.WriteText(jsonFile, text + "\n");
        }
        var failed = results.Count(result => result.Error is not null);
        if (failed == 0) return ExitCode.Success;
        shell.Error.WriteLine($"paa predict: {failed} of {results.Count} images failed.");
        return ExitCode.Failure;
    }

    static Predictor Load(Shell shell, Request request)
    {
        ImagingRuntime.BeginLoading();
        LoadedDetector detector;
        using (PredictionActivity.Start(PredictionActivity.Weights))
            detector = DetectorArgument.Find(shell, request.Checkpoint, null, request.Overrides).Load(shell, request.Overrides);
        using var activity = PredictionActivity.Start(PredictionActivity.Load);
        return Predictor.Of(detector, request.Inference);
    }

    static List<ImagePrediction> Predict(Shell shell, Request request, PredictionSession session, IProgress<int>? progress)
    {
        var results = new List<ImagePrediction>();
        foreach (var file in request.Images)
        {
            shell.Stop.ThrowIfCancellationRequested();
            var result = session.Predict(file);
            results.Add(result);
            if (result.Error is { } problem) shell.Progress.WriteLine($"paa predict: {problem}");
            else if (request.JsonFile != "-") shell.Output.WriteLine(result.Summary);
            progress?.Report(results.Count);
        }
        return results;
    }
}
