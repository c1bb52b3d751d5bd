using System.CommandLine;
using System.Globalization;
using Paa.Boxes;
using Paa.Cli.Shared;
using Paa.Engines;
using Paa.Models;
using Paa.Options;
using Paa.Reports;

namespace Paa.Cli.Inspect;

/// <summary><c>paa inspect model</c>: prints parameters, computation, memory and keys of a detector.</summary>
static class InspectModelCommand
{
    public static Command Create(Shell shell)
    {
        var model = new Argument<string>("CONFIG|CHECKPOINT")
        {
            Description = DetectorArgument.Description,
        };
        var size = new Option<string?>("--size")
        {
            Description = "Size of the padded image; else the test size of the configuration.",
            HelpName = "HxW",
        };
        var keys = new Option<bool>("--keys") { Description = "List names, shapes and types in the order of the state dict." };
        var (json, set) = (CommonOptions.Json(), CommonOptions.Set());
        var command = new PaaCommand("model", "Parameters, work and memory of a detector, and its keys.",
            "MACs are the multiply-accumulates of the convolutions for one image; 1 MAC is 2 FLOPs. (What MMDetection's\n"
            + "get_flops calls FLOPs are MACs.) Activations are the results of all convolutions in single precision.",
            "paa inspect model configs/paa/paa_r50_fpn_1x_coco.yaml --size 800x1344",
            "paa inspect model work_dirs/mine/best.pth --keys --json > keys.json")
        {
            model, size, keys, json, set,
        };
        command.SetAction(arguments =>
        {
            var (detector, config, quantization) = Open(
                shell, arguments.GetRequiredValue(model), arguments.GetRequiredValue(set));
            if (arguments.GetValue(keys)) WriteKeys(shell.Output, detector, arguments.GetValue(json));
            else WriteProfile(
                shell.Output, detector, quantization, Size(arguments.GetValue(size), config), arguments.GetValue(json));
            return ExitCode.Success;
        });
        return command;
    }

    static (PaaDetector, PaaConfig, QuantizationParameters?) Open(Shell shell, string file, string[] overrides)
    {
        if (ConfigArgument.IsConfig(ConfigArgument.Resolve(file)))
        {
            var config = ConfigArgument.Load(shell, file, overrides, ConfigUse.Look).Config;
            return (new PaaDetector(config.Model), config, null);
        }
        var loaded = DetectorArgument.Find(shell, file, null, overrides).Load(shell, overrides);
        foreach (var notice in loaded.Notices) shell.Warn(notice);
        return (loaded.Network, loaded.Config, loaded.Quantization);
    }

    /// <summary>The given size, or else the padded test scale (long, short) as a wide image.</summary>
    static ImageSize Size(string? text, PaaConfig config)
    {
        if (text is null)
        {
            var (scale, divisor) = (config.Data.Test.Scales[0], config.Data.SizeDivisor);
            return new ImageSize(Pad(scale.Min()), Pad(scale.Max()));

            int Pad(int side) => (side + divisor - 1) / divisor * divisor;
        }
        return text.Split('x') is [var first, var second]
            && ushort.TryParse(first, out var height) && height > 0 && ushort.TryParse(second, out var width) && width > 0
            ? new ImageSize(height, width)
            : throw new UsageException($"--size: expected HxW, such as 800x1344, got '{text}'.");
    }

    static void WriteKeys(TextWriter output, PaaDetector detector, bool asJson)
    {
        var rows = detector.Parameters.Select(entry => new
        {
            entry.Name,
            entry.Shape,
            Dtype = entry.Type.ToString().ToLowerInvariant(),
            Kind = entry.IsBuffer ? "buffer" : "parameter",
            Trainable = entry.IsTrainable,
        });
        if (asJson)
        {
            output.WriteLine(Json.Text(rows));
            return;
        }
        var table = new TextTable("name", "shape", "type", "kind");
        foreach (var row in rows)
        {
            var kind = row.Kind == "buffer" || row.Trainable ? row.Kind : "frozen";
            table.Add(row.Name, $"[{string.Join(", ", row.Shape)}]", row.Dtype, kind);
        }
        table.Write(output);
    }

    static void WriteProfile(
        TextWriter output, PaaDetector detector, QuantizationParameters? quantization, ImageSize size, bool asJson)
    {
        var profile = ModelProfile.Measure(detector, size);
        if (asJson)
        {
            var summary = quantization is null ? null : new
            {
                Layers = quantization.Layers.Keys,
                quantization.Calibration.KeptLayers,
                quantization.Calibration.Images,
                Method = quantization.Calibration.Method.ToString().ToLowerInvariant(),
                quantization.Calibration.ScoreError,
                quantization.Calibration.BoxError,
            };
            output.WriteLine(Json.Text(
                new { Input = new[] { size.Height, size.Width }, profile.Parts, profile.Total, Quantization = summary }));
            return;
        }
        const double million = 1e6, billion = 1e9;
        var table = new TextTable("part", "parameters", "trainable", "GMACs", "activations MB");
        foreach (var part in profile.Parts.Append(profile.Total))
            table.Add(part.Name, Count(part.Parameters), Count(part.TrainableParameters),
                Number(part.MultiplyAdds / billion), Number(part.ActivationBytes / million));
        table.Write(output);
        output.WriteLine();
        output.WriteLine($"one image of {size}: {Number(profile.Total.MultiplyAdds / billion)} GMACs, "
            + $"{Number(2 * profile.Total.MultiplyAdds / billion)} GFLOPs (2 per MAC)");
        if (quantization is not null) output.WriteLine(QuantizationText.Describe(quantization));
    }

    static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    static string Number(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
