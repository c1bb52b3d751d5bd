using System.CommandLine;
using System.Text;
using System.Text.Json;
using Paa.Cli.Shared;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Options;
using Paa.Platform;
using Paa.Training.Distributed;

namespace Paa.Cli.Test;

/// <summary><c>paa test</c>: computes COCO's metrics of a detector or of a results file.</summary>
static class TestCommand
{
    public static Command Create(Shell shell)
    {
        var model = new Argument<string?>("CONFIG|CHECKPOINT")
        {
            Description = DetectorArgument.Description,
            Arity = ArgumentArity.ZeroOrOne,
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Weights for CONFIG; without it the best ones of its run, or else the newest.",
            HelpName = "FILE",
        };
        var split = CommonOptions.Split("test");
        var annotations = new Option<string?>("--ann")
        {
            Description = "COCO annotation file instead of the configuration's.",
            HelpName = "FILE",
        };
        var images = new Option<string?>("--images") { Description = "Folder of the images of --ann.", HelpName = "DIR" };
        var results = new Option<string?>("--results")
        {
            Description = "Evaluate these results, COCO's or a .pkl of MMDetection; no model is run.",
            HelpName = "FILE",
        };
        var output = new Option<string?>("--out") { Description = "Write the detections as COCO results.", HelpName = "FILE" };
        var confusion = new Option<string?>("--confusion-matrix")
        {
            Description = "Print the confusion matrix of the classes, and write it as CSV and SVG.",
            HelpName = "DIR",
        };
        var limits = new Option<int[]>("--max-dets")
        {
            Description = "Limits on the detections of an image and class, by default those of the configuration or 1 10 100.",
            HelpName = "N",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var (set, json, timeout) = (CommonOptions.Set(), CommonOptions.Json(), Workers.Timeout());
        var strict = CommonOptions.Strict();
        var inference = new InferenceArguments();
        var command = new PaaCommand("test", "Evaluates a detector, or results in COCO's format, with COCO's box metrics.", null,
            "paa test work_dirs/paa_r18_bccd/best.pth",
            "paa test configs/bccd/paa_r18_bccd.yaml --split val --out results.json",
            "paa test work_dirs/mine/mine.py --checkpoint work_dirs/mine/epoch_12.pth",
            "paa test paa_r50_fpn_1x_coco --ann instances_val2017.json --images val2017",
            "paa test work_dirs/paa_r18_bccd/best.pth --tta --confusion-matrix confusion",
            "paa test --results results.json --ann data/bccd/test.json --json")
        {
            model, checkpoint, split, annotations, images, results, output, inference.Tta, confusion, limits, set, strict,
            inference.Device, inference.Engine, inference.Precision, inference.Threads, timeout, json,
        };
        command.SetAction(arguments => Workers.Run(shell, "test", arguments.GetValue(timeout), world =>
        {
            var request = new Request(
                arguments.GetValue(model), arguments.GetValue(checkpoint), arguments.GetRequiredValue(split),
                arguments.GetValue(annotations), arguments.GetValue(images), arguments.GetRequiredValue(set),
                arguments.GetValue(strict));
            request.Check();
            if (world.IsMain)
                CheckOutputs(
                    arguments.GetValue(output), arguments.GetValue(confusion), request, arguments.GetValue(results));
            var outcome = arguments.GetValue(results) is { } file
                ? EvaluateResults(shell, file, request)
                : EvaluateModel(shell, request, world, config => inference.Read(arguments, config, world));
            if (!world.IsMain) return ExitCode.Success;
            if (arguments.GetRequiredValue(limits) is { Length: > 0 } given) outcome = outcome.With(given);
            var asJson = arguments.GetValue(json);
            Print(shell.Output, outcome.Metrics, asJson);       // first: whatever happens to the files, these are seen
            if (arguments.GetValue(output) is { } resultFile) CocoResults.Write(resultFile, outcome.Results);
            if (arguments.GetValue(confusion) is { } folder)
                ConfusionFiles.Write(shell, folder, ConfusionMatrix.Of(outcome.Dataset, outcome.Results), isPrinted: !asJson);
            return ExitCode.Success;
        }));
        return command;
    }

    /// <summary>Before the work: an evaluation may take hours.</summary>
    static void CheckOutputs(string? resultFile, string? folder, Request request, string? results)
    {
        string?[] inputs = [request.Model, request.Checkpoint, request.Annotations, results];
        if (resultFile is not null) OutputFile.Check("--out", resultFile, inputs.OfType<string>().Where(File.Exists));
        if (folder is not null) OutputFile.CheckFolder("--confusion-matrix", folder);
    }

    sealed record Request(
        string? Model, string? Checkpoint, string Split, string? Annotations, string? Images, string[] Overrides, bool IsStrict)
    {
        /// <summary>Refuses what would have no effect.</summary>
        /// <exception cref="UsageException">An option is there for nothing.</exception>
        public void Check()
        {
            if (Images is not null && Annotations is null) throw new UsageException("--images goes with --ann FILE.");
            if (Checkpoint is not null && Model is null) throw new UsageException("--checkpoint goes with a configuration.");
        }

        /// <summary>The data set of the configuration, with the annotations of the command line if there are any.</summary>
        public DatasetOptions Choose(PaaConfig config)
        {
            var set = CommonOptions.Choose(config.Data, Split);
            if (Annotations is not null) return set with { AnnotationFiles = [Annotations], ImageFolders = [Images ?? ""] };
            return set.AnnotationFiles.Length > 0
                ? set
                : throw new UsageException($"data.{Split}.ann_file is empty; give --ann FILE and --images DIR.");
        }
    }

    sealed record Outcome(CocoDataset Dataset, CocoResult[] Results, CocoMetrics Metrics)
    {
        /// <summary>The same results with other limits on the number of detections.</summary>
        public Outcome With(int[] limits) => limits.Length == 3 && limits.Min() > 0
            ? this with { Metrics = CocoEvaluator.Evaluate(Dataset, Results, limits: limits) }
            : throw new UsageException($"--max-dets: expected 3 positive numbers, got {string.Join(" ", limits)}.");
    }

    static Outcome EvaluateResults(Shell shell, string resultFile, Request request)
    {
        if (request.Checkpoint is not null) throw new UsageException("--results needs no model; leave out --checkpoint.");
        var config = request.Model is { } name && (ConfigArgument.IsConfig(name) || DetectorArgument.IsZooName(name))
            ? ConfigArgument.Load(shell, name, request.Overrides, ConfigUse.Evaluation).Config
            : null;
        if (config is null && request.Annotations is null)
            throw new UsageException("--results needs --ann FILE, or a configuration that names the annotations.");
        config ??= new PaaConfig();
        var dataset = CocoDataset.Load(request.Choose(config));
        var results = CocoResults.Read(resultFile, dataset);
        var metrics = CocoEvaluator.Evaluate(dataset, results, resultFile, CocoParameters.Limits(config));
        return new Outcome(dataset, results, metrics);
    }

    static Outcome EvaluateModel(Shell shell, Request request, World world, Func<PaaConfig?, InferenceOptions> inference)
    {
        if (request.Model is null)
            throw new UsageException("give a configuration or a checkpoint, or --results FILE with --ann FILE.");
        var teller = world.IsMain ? shell : shell.Silent();
        var model = DetectorArgument.Find(
            teller, request.Model, request.Checkpoint, request.Overrides, request.IsStrict, wantsData: true);
        var detector = model.Load(shell, request.Overrides);
        if (request.IsStrict && detector.Notices is [var notice, ..]) throw new UsageException($"--strict: {notice}");
        var (dataset, evaluation) =
            ModelEvaluation.Run(shell, detector, request.Choose, inference(model.Config?.Config), world);
        return new Outcome(dataset, evaluation.Results, evaluation.Metrics);
    }

    static void Print(TextWriter output, CocoMetrics metrics, bool asJson)
    {
        if (!asJson)
        {
            output.Write(CocoReport.ToText(metrics));
            return;
        }
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
            CocoReport.Write(writer, metrics);
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}

/// <summary>The files of <c>--confusion-matrix</c>.</summary>
static class ConfusionFiles
{
    /// <summary>Writes <c>confusion_matrix.csv</c> and <c>.svg</c>, and prints the matrix.</summary>
    /// <param name="shell">Prints the matrix.</param>
    /// <param name="folder">Created if it does not exist.</param>
    /// <param name="matrix">The counts.</param>
    /// <param name="isPrinted">Whether to print it; false if the output is for a program.</param>
    public static void Write(Shell shell, string folder, ConfusionMatrix matrix, bool isPrinted)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "confusion_matrix");
        WriteText($"{file}.csv", ConfusionReport.ToCsv(matrix));
        WriteText($"{file}.svg", ConfusionReport.ToSvg(matrix));
        if (!isPrinted) return;
        var defaults = new ConfusionOptions();
        shell.Output.WriteLine();
        shell.Output.WriteLine(FormattableString.Invariant(
            $" Confusion matrix (score at least {defaults.ScoreThreshold}, IoU at least {defaults.IouThreshold}): ")
            + $"{file}.csv, {file}.svg");
        shell.Output.Write(ConfusionReport.ToText(matrix));
    }

    static void WriteText(string path, string text) =>
        AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
