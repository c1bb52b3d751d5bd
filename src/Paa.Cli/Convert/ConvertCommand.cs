using System.CommandLine;
using System.Globalization;
using Paa.Checkpoints;
using Paa.Cli.Shared;
using Paa.Detectors;

namespace Paa.Cli.Convert;

/// <summary><c>paa convert</c>: writes a checkpoint in another format.</summary>
static class ConvertCommand
{
    const int NamesShown = 8;

    public static Command Create(Shell shell)
    {
        var source = new Argument<string>("IN")
        {
            Description = "A .pth of PyTorch (either format) or a safetensors file: " + WeightArgument.Description + ".",
        };
        var target = new Argument<string>("OUT") { Description = "The new file; replaced if it exists." };
        var format = new Option<string?>("--format")
        {
            Description = "zip (PyTorch 1.6 and later), legacy (every PyTorch) or safetensors; else by the ending of OUT.",
        };
        format.AcceptOnlyFromAmong("zip", "legacy", "safetensors");
        var half = new Option<bool>("--half") { Description = "Store the weights in half precision." };
        var strip = new Option<bool>("--strip-optimizer") { Description = "Leave out the state of the optimiser." };
        var average = new Option<bool>("--ema")
        {
            Description = "Take the second set of weights: ema_* buffers, ema_state_dict or state_dict_ema.",
        };
        var command = new PaaCommand("convert", "Writes a checkpoint in another format.",
            "OpenMMLab's EMA hooks swap the two sets before saving: without --ema you get the averages from their files.",
            "paa convert paa_r50_fpn_1x_coco.pth paa_r50.safetensors",
            "paa convert work_dirs/mine/best.pth mine.pth --format legacy --strip-optimizer --half")
        {
            source, target, format, half, strip, average,
        };
        command.SetAction(arguments =>
        {
            var path = arguments.GetRequiredValue(target);
            var input = WeightArgument.Resolve(shell, arguments.GetRequiredValue(source));
            OutputFile.Check("OUT", path, input);
            var conversion = CheckpointConverter.Convert(input, path, PaaMeta.ForDetectors(new ConversionOptions
            {
                Format = Format(arguments.GetValue(format), path),
                Half = arguments.GetValue(half),
                StripOptimizer = arguments.GetValue(strip),
                Average = arguments.GetValue(average),
            }));
            shell.Output.WriteLine(Describe(path, conversion));
            return ExitCode.Success;
        });
        return command;
    }

    static CheckpointFormat Format(string? name, string path) => name is not null
        ? Enum.Parse<CheckpointFormat>(name, ignoreCase: true)
        : Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)
            ? CheckpointFormat.Safetensors : CheckpointFormat.Zip;

    static string Describe(string path, Conversion conversion)
    {
        const double mega = 1e6;
        var size = (conversion.ByteCount / mega).ToString("0.0", CultureInfo.InvariantCulture);
        var line = $"{path}: {conversion.TensorCount} tensors, {size} MB";
        if (conversion.LeftOut.Count == 0) return line;
        var more = conversion.LeftOut.Count > NamesShown ? $" and {conversion.LeftOut.Count - NamesShown} more" : "";
        return $"{line}; left out: {string.Join(", ", conversion.LeftOut.Take(NamesShown))}{more}";
    }
}
