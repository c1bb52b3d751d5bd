using System.CommandLine;
using System.Text;
using System.Text.Json;
using Paa.Configuration;
using Paa.Data;
using Paa.Evaluation;

namespace Paa.Cli.Commands;

/// <summary><c>paa test</c>: COCO's metrics of a detector, or of a file of results.</summary>
static class TestCommand
{
    static readonly string[] Splits = ["train", "val", "test"];

    public static Command Create(Shell shell)
    {
        var model = new Argument<string?>("CONFIG|CHECKPOINT")
        {
            Description = "YAML file of a run, or a checkpoint that carries its configuration.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var checkpoint = new Option<string?>("--checkpoint")
        {
            Description = "Weights for CONFIG; without it best.pth or latest.pth of its run.",
            HelpName = "FILE",
        };
        var split = new Option<string>("--split") { Description = "Data set of the configuration.", DefaultValueFactory = _ => "test" };
        split.AcceptOnlyFromAmong(Splits);
        var annotations = new Option<string?>("--ann") { Description = "COCO annotation file instead of the configuration's.", HelpName = "FILE" };
        var images = new Option<string?>("--images") { Description = "Folder of the images of --ann.", HelpName = "DIR" };
        var results = new Option<string?>("--results") { Description = "Evaluate these COCO results; no model is run.", HelpName = "FILE" };
        var output = new Option<string?>("--out") { Description = "Write the detections as COCO results.", HelpName = "FILE" };
        var (set, device, threads, json) = (CommonOptions.Set(), CommonOptions.Device(), CommonOptions.Threads(), CommonOptions.Json());
        var command = new PaaCommand("test", "Evaluates a detector, or results in COCO's format, with COCO's box metrics.",
            "paa test work_dirs/paa_r18_bccd/best.pth",
            "paa test configs/bccd/paa_r18_bccd.yaml --split val --out results.json",
            "paa test paa_r50_fpn_1x_coco.pth --ann instances_val2017.json --images val2017",
            "paa test --results results.json --ann data/bccd/test.json --json")
        {
            model, checkpoint, split, annotations, images, results, output, set, device, threads, json,
        };
        command.SetAction(arguments =>
        {
            var dataset = arguments.GetValue(annotations) is { } file
                ? new DatasetOptions { AnnFile = [file], ImgPrefix = [arguments.GetValue(images) ?? ""] }
                : null;
            var modelFile = arguments.GetValue(model);
            CocoMetrics metrics;
            if (arguments.GetValue(results) is { } resultFile)
            {
                if (modelFile is null && dataset is null)
                    throw new UsageException("--results needs --ann FILE, or a configuration that names the annotations.");
                metrics = EvaluateFile(resultFile, dataset ?? SplitOf(LoadConfig(modelFile!), arguments.GetRequiredValue(split)));
            }
            else
            {
                throw new UsageException("give a configuration or a checkpoint, or --results FILE with --ann FILE.");
            }
            Print(shell.Output, metrics, arguments.GetValue(json));
            return ExitCode.Success;

            PaaConfig LoadConfig(string path) => ConfigLoader.Load(path, arguments.GetRequiredValue(set));
        });
        return command;
    }

    static CocoMetrics EvaluateFile(string resultFile, DatasetOptions dataset) =>
        CocoEvaluator.Evaluate(CocoDataset.Load(dataset), CocoResults.Read(resultFile), resultFile);

    /// <summary>A data set of a configuration by its name.</summary>
    static DatasetOptions SplitOf(PaaConfig config, string split)
    {
        var set = split switch { "train" => config.Data.Train, "val" => config.Data.Val, _ => config.Data.Test };
        return set.AnnFile.Length > 0 ? set : throw new UsageException($"data.{split}.ann_file is empty; give --ann FILE and --images DIR.");
    }

    static void Print(TextWriter output, CocoMetrics metrics, bool asJson)
    {
        if (!asJson)
        {
            output.Write(CocoReport.ToText(metrics));
            return;
        }
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true })) CocoReport.Write(writer, metrics);
        output.WriteLine(Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
