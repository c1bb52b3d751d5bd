using System.CommandLine;
using System.Globalization;
using Paa.Cli.Shared;
using Paa.Configuration;
using Paa.Detectors;
using Paa.Engines;
using Paa.Imaging;
using Paa.Quantization;
using Paa.Reports;

namespace Paa.Cli.Quantize;

/// <summary><c>paa quantize</c>: makes a checkpoint whose network runs on 8-bit integers.</summary>
static class QuantizeCommand
{
    public static Command Create(Shell shell)
    {
        var defaults = new QuantizerOptions();
        var checkpoint = new Argument<string>("CHECKPOINT")
        {
            Description = DetectorArgument.Description,
        };
        var calibrate = new Option<string[]>("--calibrate")
        {
            Description = "Images typical of later use: files, folders and patterns. Annotations are not needed.",
            HelpName = "DIR",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };
        var images = new Option<int>("--images")
        {
            Description = "Number of images to use, spread evenly over those of --calibrate.",
            HelpName = "N",
            DefaultValueFactory = _ => 100,
        };
        var output = new Option<string?>("--out")
        {
            Description = "The new checkpoint; by default CHECKPOINT's name with _int8.",
            HelpName = "FILE",
        };
        var method = new Option<string>("--method")
        {
            Description = "How the ranges of feature maps are chosen.",
            DefaultValueFactory = _ => Name(defaults.Method),
        };
        method.AcceptOnlyFromAmong([.. Enum.GetValues<RangeMethod>().Select(Name)]);
        var sensitivityImages = new Option<int>("--sensitivity-images")
        {
            Description = "Number of these on which the error of each layer is measured; 0 for none.",
            HelpName = "N",
            DefaultValueFactory = _ => defaults.SensitivityImages,
        };
        var maxError = new Option<double>("--max-error")
        {
            Description = "Largest sum of score and box error; a layer above it stays in single precision.",
            HelpName = "E",
            DefaultValueFactory = _ => defaults.MaxLayerError,
            CustomParser = CommonOptions.Number,
        };
        var keep = new Option<string[]>("--keep")
        {
            Description = "Layers, by name or prefix, that always stay in single precision.",
            HelpName = "LAYER",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var (set, threads, json) = (CommonOptions.Set(), CommonOptions.Threads(), CommonOptions.Json());
        var command = new PaaCommand("quantize", "Quantises a trained detector to int8, for inference on the CPU.",
            "The new checkpoint is used like any other, and has about a quarter of the size. Without VNNI it is computed in f32.",
            "paa quantize work_dirs/mine/best.pth --calibrate data/mine/train",
            "paa quantize paa_r50_fpn_1x_coco --calibrate 'train2017/*.jpg' --images 200 --out paa_r50_int8.pth",
            "paa quantize best.pth --calibrate photos --keep bbox_head.atss_reg backbone.conv1")
        {
            checkpoint, calibrate, images, output, method, sensitivityImages, maxError, keep, set, threads, json,
        };
        command.SetAction(arguments =>
        {
            var (name, overrides) = (arguments.GetRequiredValue(checkpoint), arguments.GetRequiredValue(set));
            var detector = DetectorArgument.Find(shell, name, null, overrides);
            return Run(shell, new Request(
                WeightArgument.Resolve(shell, detector.Weights), detector.Config, overrides,
                arguments.GetValue(output) ?? DefaultOutput(detector.Weights),
                Spread(ImageFiles.Find(arguments.GetRequiredValue(calibrate)),
                    CommonOptions.AtLeast(1, "--images", arguments.GetValue(images))),
                new QuantizerOptions
                {
                    Method = Enum.Parse<RangeMethod>(arguments.GetRequiredValue(method), ignoreCase: true),
                    SensitivityImages = CommonOptions.AtLeast(0, "--sensitivity-images", arguments.GetValue(sensitivityImages)),
                    MaxLayerError = arguments.GetValue(maxError),
                    Keep = arguments.GetRequiredValue(keep),
                    ThreadCount = arguments.GetValue(threads) ?? 0,
                },
                arguments.GetValue(json)));
        });
        return command;
    }

    sealed record Request(
        string Checkpoint, SourcedConfig? Config, string[] Overrides, string Output, IReadOnlyList<string> Images,
        QuantizerOptions Options, bool AsJson);

    static int Run(Shell shell, Request request)
    {
        CheckOutput(request);
        var loaded = DetectorFile.Load(request.Checkpoint, request.Config, request.Overrides);
        foreach (var notice in loaded.Notices) shell.Warn(notice);
        if (loaded.Exported is not null)
            throw new UsageException($"{request.Checkpoint} is an ONNX file; quantise the checkpoint that it was made from.");
        if (loaded.Quantization is not null)
            throw new UsageException(
                $"{request.Checkpoint} is quantised already; quantise the checkpoint that it was made from.");
        using var quantizer = new Quantizer(
            loaded.Network, loaded.Weights, request.Options with { Normalization = loaded.Config.Data.Normalization });
        var seen = ProgressBar.Show(
            shell, "images", request.Images.Count, progress => Observe(shell, quantizer, loaded, request, progress));
        if (seen == 0) throw new UsageException("--calibrate: not one of the images can be read.");
        var result = Quantize(shell, quantizer);
        var isChanged = request.Config is not null || request.Overrides.Length > 0;
        QuantizedCheckpoint.Write(
            request.Checkpoint, request.Output, result.Parameters, isChanged ? loaded.Settings : null);
        Print(shell.Output, request, result);
        return ExitCode.Success;
    }

    /// <summary>Before the work, which takes minutes.</summary>
    static void CheckOutput(Request request)
    {
        if (Path.GetExtension(request.Output).ToLowerInvariant() is not (".pth" or ".pt"))
            throw new UsageException($"--out {request.Output}: a quantised detector is written as .pth; safetensors have no "
                + "place for what was calibrated.");
        OutputFile.Check("--out", request.Output, [request.Checkpoint, .. request.Images]);
    }

    static int Observe(Shell shell, Quantizer quantizer, LoadedDetector loaded, Request request, IProgress<int> progress)
    {
        var (done, seen) = (0, 0);
        foreach (var file in request.Images)
        {
            shell.Stop.ThrowIfCancellationRequested();
            try
            {
                using var image = Image.Load(file);
                quantizer.Observe(image, loaded.Config.Data);
                seen++;
            }
            catch (ImageException error)
            {
                shell.Warn($"{error.Message} It is left out.");
            }
            progress.Report(++done);
        }
        return seen;
    }

    static QuantizationResult Quantize(Shell shell, Quantizer quantizer)
    {
        try
        {
            return ProgressBar.Show(shell, "layers", 100, progress =>
                quantizer.Quantize((done, total) => progress.Report(100 * done / total), shell.Stop));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"--keep: {error.Message}");
        }
    }

    static void Print(TextWriter output, Request request, QuantizationResult result)
    {
        var calibration = result.Parameters.Calibration;
        if (request.AsJson)
        {
            output.WriteLine(Json.Text(new
            {
                File = request.Output,
                calibration.Images,
                Method = Name(calibration.Method),
                calibration.ScoreError,
                calibration.BoxError,
                Layers = result.Layers.Select(layer => new
                {
                    layer.Name,
                    Precision = layer.IsKept ? "f32" : "int8",
                    ScoreError = layer.Error?.Score,
                    BoxError = layer.Error?.Box,
                }),
            }));
            return;
        }
        var table = new TextTable("layer", "score error", "box error", "computed in");
        foreach (var layer in result.Layers)
            table.Add(layer.Name, Number(layer.Error?.Score), Number(layer.Error?.Box), layer.IsKept ? "f32" : "int8");
        table.Write(output);
        output.WriteLine();
        output.WriteLine(QuantizationText.Describe(result.Parameters));
        output.WriteLine($"{request.Output}: {Megabytes(request.Output)} MB");

        static string Number(double? error) => error is { } known ? QuantizationText.Number(known) : "-";
    }

    /// <summary>Picks the wanted number of files at equal distances.</summary>
    static IReadOnlyList<string> Spread(IReadOnlyList<string> files, int wanted) => files.Count <= wanted
        ? files
        : [.. Enumerable.Range(0, wanted).Select(i => files[(int)((long)i * files.Count / wanted)])];

    /// <summary>
    /// Turns <c>best.pth</c> into <c>best_int8.pth</c> beside it; for a name of the zoo or an address the file is in the current
    /// folder.
    /// </summary>
    static string DefaultOutput(string checkpoint)
    {
        var folder = File.Exists(checkpoint) ? Path.GetDirectoryName(checkpoint)! : "";
        return Path.Combine(folder, Path.GetFileNameWithoutExtension(checkpoint) + "_int8.pth");
    }

    static string Name(RangeMethod method) => method.ToString().ToLowerInvariant();

    static string Megabytes(string file)
    {
        const double mega = 1e6;
        return (new FileInfo(file).Length / mega).ToString("0.0", CultureInfo.InvariantCulture);
    }
}
