using System.CommandLine;
using System.Text;
using System.Text.Json;
using Paa.Cli.Distributed;
using Paa.Configuration;
using Paa.Data;
using Paa.Engines;
using Paa.Evaluation;
using Paa.Inference;
using Paa.Options;
using Paa.Training.Distributed;
using Paa.Zoo;

namespace Paa.Cli.Commands;

/// <summary><c>paa test</c>: COCO's metrics of a detector, or of a file of results.</summary>
static class TestCommand
{
    static readonly string[] Splits = ["train", "val", "test"];

    public static Command Create(Shell shell)
    {
        var model = new Argument<string?>("CONFIG|CHECKPOINT")
        {
            Description = "YAML file of a run, or weights: a file, an address, or a name of 'paa zoo list' for both.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Weights for CONFIG; without it best.pth or latest.pth of its run.",
            HelpName = "FILE",
        };
        var split = new Option<string>("--split")
        {
            Description = "Data set of the configuration.",
            DefaultValueFactory = _ => "test",
        };
        split.AcceptOnlyFromAmong(Splits);
        var annotations = new Option<string?>("--ann")
        {
            Description = "COCO annotation file instead of the configuration's.",
            HelpName = "FILE",
        };
        var images = new Option<string?>("--images") { Description = "Folder of the images of --ann.", HelpName = "DIR" };
        var results = new Option<string?>("--results")
        {
            Description = "Evaluate these COCO results; no model is run.",
            HelpName = "FILE",
        };
        var output = new Option<string?>("--out") { Description = "Write the detections as COCO results.", HelpName = "FILE" };
        var confusion = new Option<string?>("--confusion-matrix")
        {
            Description = "Print which classes are taken for which, and write it as CSV and SVG.",
            HelpName = "DIR",
        };
        var tta = CommonOptions.Tta();
        var (set, json) = (CommonOptions.Set(), CommonOptions.Json());
        var (device, engine, threads) = (CommonOptions.Device(), CommonOptions.Engine(), CommonOptions.Threads());
        var (precision, timeout) = (CommonOptions.Precision(), Workers.Timeout());
        var command = new PaaCommand("test", "Evaluates a detector, or results in COCO's format, with COCO's box metrics.", null,
            "paa test work_dirs/paa_r18_bccd/best.pth",
            "paa test configs/bccd/paa_r18_bccd.yaml --split val --out results.json",
            "paa test paa_r50_fpn_1x_coco --ann instances_val2017.json --images val2017",
            "paa test work_dirs/paa_r18_bccd/best.pth --tta --confusion-matrix confusion",
            "paa test --results results.json --ann data/bccd/test.json --json")
        {
            model, checkpoint, split, annotations, images, results, output, tta, confusion, set, device, engine,
            precision, threads, timeout, json,
        };
        command.SetAction(arguments => Workers.Run(shell, "test", arguments.GetValue(timeout), world =>
        {
            var request = new Request(
                arguments.GetValue(model), arguments.GetValue(checkpoint), arguments.GetRequiredValue(split),
                arguments.GetValue(annotations), arguments.GetValue(images) ?? "", arguments.GetRequiredValue(set));
            var outcome = arguments.GetValue(results) is { } file
                ? EvaluateResults(file, request)
                : EvaluateModel(shell, request, world, config => Compute.Inference(
                    arguments.GetRequiredValue(engine), arguments.GetRequiredValue(precision),
                    arguments.GetValue(device) ?? config?.Device, arguments.GetValue(threads) ?? config?.ThreadCount ?? 0,
                    arguments.GetValue(tta), world));
            if (!world.IsMain) return ExitCode.Success;
            if (arguments.GetValue(output) is { } resultFile) CocoResults.Write(resultFile, outcome.Results);
            var asJson = arguments.GetValue(json);
            Print(shell.Output, outcome.Metrics, asJson);
            if (arguments.GetValue(confusion) is { } folder)
                ConfusionFiles.Write(shell, folder, ConfusionMatrix.Of(outcome.Dataset, outcome.Results), isPrinted: !asJson);
            return ExitCode.Success;
        }));
        return command;
    }

    sealed record Request(
        string? Model, string? Checkpoint, string Split, string? Annotations, string Images, string[] Overrides)
    {
        /// <summary>The configuration that was named; null if a checkpoint or nothing was.</summary>
        public PaaConfig? LoadConfig() =>
            Model is { } name && (RunFolder.IsConfig(name) || IsZooName)
                ? ConfigLoader.Load(ConfigArgument.Resolve(name), Overrides)
                : null;

        /// <summary>A detector of the zoo has its configuration and its weights under one name.</summary>
        public bool IsZooName => Model is { } name && !File.Exists(name) && ZooCatalogue.Find(name) is not null;

        /// <summary>The data set of the configuration, with the annotations of the command line where there are any.</summary>
        public DatasetOptions Choose(PaaConfig config)
        {
            var set = Split switch { "train" => config.Data.Train, "val" => config.Data.Val, _ => config.Data.Test };
            if (Annotations is not null) return set with { AnnotationFiles = [Annotations], ImageFolders = [Images] };
            return set.AnnotationFiles.Length > 0
                ? set
                : throw new UsageException($"data.{Split}.ann_file is empty; give --ann FILE and --images DIR.");
        }
    }

    sealed record Outcome(CocoDataset Dataset, CocoResult[] Results, CocoMetrics Metrics);

    static Outcome EvaluateResults(string resultFile, Request request)
    {
        var config = request.LoadConfig();
        if (config is null && request.Annotations is null)
            throw new UsageException("--results needs --ann FILE, or a configuration that names the annotations.");
        var dataset = CocoDataset.Load(request.Choose(config ?? new PaaConfig()));
        var results = CocoResults.Read(resultFile);
        return new Outcome(dataset, results, CocoEvaluator.Evaluate(dataset, results, resultFile));
    }

    static Outcome EvaluateModel(Shell shell, Request request, World world, Func<PaaConfig?, InferenceOptions> inference)
    {
        if (request.Model is null)
            throw new UsageException("give a configuration or a checkpoint, or --results FILE with --ann FILE.");
        var config = request.LoadConfig();
        if (config is null && request.Overrides.Length > 0) throw new UsageException("--set needs a configuration.");
        var checkpoint = config is null
            ? request.Model
            : request.Checkpoint
                ?? (request.IsZooName ? request.Model : RunFolder.NewestWeights(RunFolder.Of(config, request.Model)));
        var (dataset, evaluation) = ModelEvaluation.Run(shell, checkpoint, config, request.Choose, inference(config), world);
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
