using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Paa.Boxes;
using Paa.Cli.Shared;
using Paa.Detectors;
using Paa.Export;
using Paa.Imaging;
using Paa.Onnx;
using Paa.Platform;

namespace Paa.Cli.Export;

/// <summary><c>paa export onnx</c>: writes a detector as an ONNX file.</summary>
static class ExportOnnxCommand
{
    public static Command Create(Shell shell)
    {
        var checkpoint = new Argument<string>("CHECKPOINT") { Description = DetectorArgument.Description };
        var target = new Argument<string>("OUT") { Description = "The new file, with the ending .onnx." };
        var output = new Option<string?>("--output")
        {
            Description = "What the graph gives: head outputs (raw), decoded boxes with the scores of all classes (boxes), "
                + "detections after NMS (nms), or after NMS and score voting (voting); else detections as the detector is "
                + "configured.",
        };
        output.AcceptOnlyFromAmong(Names<OnnxOutput>());
        var input = new Option<string>("--input")
        {
            Description = "What the graph is fed with: decoded images of any size, as bytes (decoded); images that the client "
                + "resized, as bytes (resized); or resized, normalised and padded, as floats (normalized).",
            DefaultValueFactory = _ => Name(new OnnxExportOptions().Input),
        };
        input.AcceptOnlyFromAmong(Names<OnnxInput>());
        var precision = new Option<string?>("--precision")
        {
            Description = "Number format of the network; else int8 for a detector of 'paa quantize', f32 for others.",
        };
        precision.AcceptOnlyFromAmong(Names<OnnxPrecision>());
        var size = new Option<ImageSize?>("--size")
        {
            Description = "Height and width of every image that is fed; else any.",
            HelpName = "HxW",
            CustomParser = Size,
        };
        var check = new Option<string?>("--check")
        {
            Description = "Detect in this image with both, and print how far they differ.",
            HelpName = "IMAGE",
        };
        var names = new Option<string?>("--names")
        {
            Description = "Also write the names of the classes, one a line, for clients that cannot read metadata.",
            HelpName = "FILE",
        };
        var (overwrite, set) = (OutputFile.Overwrite(), CommonOptions.Set());
        var command = new PaaCommand("onnx", "Writes a detector as an ONNX file, complete with pre- and post-processing.",
            "Names of classes, thresholds and sizes are in its metadata; docs/deploy.md has clients in C#, Python, JavaScript. "
            + "'paa predict' and the library open it, too.",
            "paa export onnx work_dirs/mine/best.pth detector.onnx --check photo.jpg",
            "paa export onnx paa_r50_fpn_1x_coco r50.onnx --precision f16",
            "paa export onnx best.pth trt.onnx --input normalized --output boxes --size 800x1344")
        {
            checkpoint, target, output, input, precision, size, check, names, overwrite, set,
        };
        command.SetAction(arguments =>
        {
            var (path, overrides) = (arguments.GetRequiredValue(target), arguments.GetRequiredValue(set));
            var detector = DetectorArgument.Find(shell, arguments.GetRequiredValue(checkpoint), null, overrides);
            var source = WeightArgument.Resolve(shell, detector.Weights);
            var (list, mayOverwrite) = (arguments.GetValue(names), arguments.GetValue(overwrite));
            if (!ExportedFile.IsOnnx(path)) throw new UsageException($"OUT {path}: the name must end in .onnx.");
            CheckOutput("OUT", path, mayOverwrite, source);
            if (list is not null) CheckOutput("--names", list, mayOverwrite, source, path);
            var photo = arguments.GetValue(check);
            if (photo is not null && !File.Exists(photo))
                throw new UsageException($"--check: the image '{photo}' does not exist.");

            var loaded = DetectorFile.Load(source, detector.Config, overrides);
            foreach (var notice in loaded.Notices) shell.Warn(notice);
            var options = new OnnxExportOptions
            {
                Output = Parse<OnnxOutput>(arguments.GetValue(output)),
                Input = Parse<OnnxInput>(arguments.GetRequiredValue(input))!.Value,
                Precision = Parse<OnnxPrecision>(arguments.GetValue(precision)),
                Size = arguments.GetValue(size),
            };
            Print(shell.Output, path, OnnxExport.Write(loaded, path, options));
            if (list is not null) AtomicFile.WriteText(list, string.Join('\n', loaded.Classes) + "\n");
            if (photo is not null) Compare(shell.Output, OnnxExport.Configured(loaded, options.Output), path, photo);
            shell.Output.WriteLine($"next: paa predict {path} {photo ?? "photo.jpg"}, or see docs/deploy.md");
            return ExitCode.Success;
        });
        return command;
    }

    static void CheckOutput(string option, string path, bool mayOverwrite, params string[] inputs)
    {
        OutputFile.Check(option, path, inputs);
        if (!mayOverwrite && File.Exists(path))
            throw new UsageException($"{option} {path}: the file exists; choose another name, or allow --overwrite.");
    }

    static void Print(TextWriter output, string path, IReadOnlyList<string> files)
    {
        using var session = new OnnxSession(path);
        foreach (var file in files) output.WriteLine($"{file}: {Megabytes(file)} MB");
        output.WriteLine($"inputs:  {string.Join(", ", session.Inputs.Select(Text))}");
        output.WriteLine($"outputs: {string.Join(", ", session.Outputs.Select(Text))}");

        static string Text(OnnxPort port)
        {
            var sizes = port.Dims.Select(dim => dim.Size?.ToString(CultureInfo.InvariantCulture) ?? dim.Name ?? "?");
            return $"{port.Name} {Name(port.Type)} [{string.Join(", ", sizes)}]";
        }

        static string Megabytes(string file)
        {
            const double mega = 1e6;
            return (new FileInfo(file).Length / mega).ToString("0.0", CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Detects with the checkpoint and with the file.</summary>
    static void Compare(TextWriter output, LoadedDetector loaded, string path, string photo)
    {
        using var image = Image.Load(photo);
        using var original = Detector.Of(loaded);
        using var exported = Detector.Load(path);
        var (expected, actual) = (original.Detect(image), exported.Detect(image));
        var line = $"check: {expected.Length} objects by the checkpoint, {actual.Length} by the file";
        var (boxes, scores, missing) = (0f, 0f, 0);
        foreach (var own in expected)
        {
            var others = actual.Where(other => other.Label == own.Label).ToArray();
            if (others.Length == 0)
            {
                missing++;
                continue;
            }
            var nearest = others.MinBy(other => Distance(own.Box, other.Box));
            boxes = Math.Max(boxes, Distance(own.Box, nearest.Box));
            scores = Math.Max(scores, Math.Abs(own.Score - nearest.Score));
        }
        if (missing < expected.Length)
            line += FormattableString.Invariant(
                $"; boxes differ by {boxes:0.#####} pixels at most, scores by {scores:0.#######}");
        output.WriteLine(missing > 0 ? $"{line}; {missing} of the checkpoint's are missing" : line);

        static float Distance(Box a, Box b) => Math.Max(
            Math.Max(Math.Abs(a.X1 - b.X1), Math.Abs(a.Y1 - b.Y1)), Math.Max(Math.Abs(a.X2 - b.X2), Math.Abs(a.Y2 - b.Y2)));
    }

    static ImageSize? Size(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text.Split('x') is [var height, var width] && TryRead(height, out var h) && TryRead(width, out var w))
            return new ImageSize(h, w);
        result.AddError($"--size: expected HEIGHTxWIDTH such as 800x1344, got '{text}'.");
        return null;

        static bool TryRead(string text, out int side) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side > 0;
    }

    static T? Parse<T>(string? name) where T : struct, Enum => name is null ? null : Enum.Parse<T>(name, ignoreCase: true);

    static string[] Names<T>() where T : struct, Enum => [.. Enum.GetValues<T>().Select(Name)];

    static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
