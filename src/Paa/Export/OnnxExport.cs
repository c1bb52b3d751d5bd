using Paa.Boxes;
using Paa.Detectors;
using Paa.Engines;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;
using Paa.Platform;

namespace Paa.Export;

/// <summary>What an exported graph gives.</summary>
public enum OnnxOutput
{
    /// <summary>Class logits, box deltas and IoU logits of each level.</summary>
    Raw,

    /// <summary>Decoded boxes [N, M, 4] with scores [N, M, K], of the best anchors of each level.</summary>
    Boxes,

    /// <summary>Detections after non-maximum suppression, best first.</summary>
    Nms,

    /// <summary>Detections after non-maximum suppression and score voting, grouped by class, best first in each.</summary>
    Voting,
}

/// <summary>In which numbers an exported network computes. Images, boxes and scores are in single precision in each.</summary>
public enum OnnxPrecision
{
    /// <summary>Single precision.</summary>
    F32,

    /// <summary>Half precision, which halves the file.</summary>
    F16,

    /// <summary>8-bit integers where a quantised detector has them.</summary>
    Int8,
}

/// <summary>How a detector becomes an ONNX file.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>What the graph gives; null for detections as the detector is configured, with score voting or without.</summary>
    public OnnxOutput? Output { get; init; }

    /// <summary>What the graph is fed with.</summary>
    public OnnxInput Input { get; init; } = OnnxInput.Decoded;

    /// <summary>In which numbers the network computes; null for 8-bit integers of a quantised detector, else single
    /// precision.</summary>
    public OnnxPrecision? Precision { get; init; }

    /// <summary>Height and width of every image that is fed; null for any.</summary>
    public ImageSize? Size { get; init; }
}

/// <summary>Writes detectors as ONNX files, complete with pre- and post-processing, for any program that runs ONNX.</summary>
/// <remarks>
/// <para>
/// Inputs, of any number of images N: <c>images</c> as <see cref="OnnxInput"/> says. Where the client resizes the images and the
/// graph decodes boxes, also <c>original_sizes</c>, 64-bit integers [N, 2]: height and width of each photograph, in whose pixels
/// boxes come. Where the client pads them, too, <c>image_sizes</c> [N, 2]: height and width without padding.
/// </para>
/// <para>
/// Outputs of <see cref="OnnxOutput.Nms"/> and <see cref="OnnxOutput.Voting"/>: <c>boxes</c> [N, D, 4] (left, top, right,
/// bottom), <c>scores</c> [N, D], <c>labels</c> [N, D] and <c>counts</c> [N], 64-bit integers. D is the largest count, 0 if
/// nothing is found. An image with fewer is filled up with boxes and scores of 0 and labels of -1.
/// </para>
/// </remarks>
public static class OnnxExport
{
    /// <summary>Builds the model in memory.</summary>
    /// <param name="detector">The detector. Borrowed, and not needed afterwards.</param>
    /// <param name="options">What to build; null for the defaults.</param>
    /// <exception cref="EngineException">The detector cannot be exported so.</exception>
    public static OnnxModel Build(LoadedDetector detector, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        options ??= new OnnxExportOptions();
        detector = Configured(detector, options.Output);
        var (config, network) = (detector.Config, detector.Network);
        var output = options.Output ?? (config.Model.Head.ScoreVoting ? OnnxOutput.Voting : OnnxOutput.Nms);
        var precision = options.Precision ?? (detector.Quantization is null ? OnnxPrecision.F32 : OnnxPrecision.Int8);
        ThrowIfImpossible(detector, output, precision);

        var model = new OnnxModel(OnnxRecorder.Opset(network), "paa");
        var (height, width) = options.Size is { } size
            ? ((OnnxDimension)size.Height, (OnnxDimension)size.Width) : ("height", "width");
        var (images, frame) = new InputGraph(model, config.Data, height, width)
            .Add(options.Input, wantsFrame: output != OnnxOutput.Raw);
        var weights = detector.Quantization is { } quantization && precision != OnnxPrecision.Int8
            ? IntegerWeights.WithCorrectedMeans(detector.Weights, network, quantization) : detector.Weights;
        var recorder = new OnnxRecorder(model.Graph, weights,
            precision == OnnxPrecision.Int8 ? detector.Quantization : null, isHalf: precision == OnnxPrecision.F16);
        var outputs = recorder.Record(network, images.Value).Select(value => new GraphTensor(model, value));
        AddOutputs(outputs, frame, output, config.Model);

        foreach (var (key, value) in ExportedFile.Describe(detector, Name(options.Input), Name(output), Name(precision)))
            model.Metadata[key] = value;
        model.Description = Description(options.Input, output);
        return model;
    }

    /// <summary>Writes the file, whole or not at all; beyond 2 GB its weights go to <c>PATH.data</c> beside it.</summary>
    /// <param name="detector">The detector.</param>
    /// <param name="path">Replaced if it exists.</param>
    /// <param name="options">What to write; null for the defaults.</param>
    /// <returns>The files that were written.</returns>
    /// <exception cref="EngineException">The detector cannot be exported so.</exception>
    /// <exception cref="FileWriteException">A file cannot be written.</exception>
    public static IReadOnlyList<string> Write(LoadedDetector detector, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Build(detector, options).Write(path);
    }

    /// <summary>The detector with score voting as an output asks for, which its file will say.</summary>
    internal static LoadedDetector Configured(LoadedDetector detector, OnnxOutput? output)
    {
        var config = detector.Config;
        if (output is not (OnnxOutput.Nms or OnnxOutput.Voting)) return detector;
        var head = config.Model.Head with { ScoreVoting = output == OnnxOutput.Voting };
        var model = config.Model with { Head = head };
        return detector.With(config with { Model = model }) with { Network = new PaaDetector(model) };
    }

    /// <summary>The name of an enum's value in metadata and on the command line.</summary>
    internal static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    static void ThrowIfImpossible(LoadedDetector detector, OnnxOutput output, OnnxPrecision precision)
    {
        if (detector.Exported is { } file)
            throw new EngineException($"{file.Path} is an ONNX file already; export the checkpoint that it was made from.");
        if (output == OnnxOutput.Boxes && detector.Config.Model.Profile == SemanticsProfile.Original)
            throw new EngineException("Profile original selects pairs of anchor and class, so there are no boxes with the scores "
                + "of all classes; export raw, nms or voting.");
        if (precision == OnnxPrecision.Int8 && detector.Quantization is null)
            throw new EngineException(
                "The detector is not quantised, so it cannot be exported in int8; 'paa quantize' does that.");
    }

    static void AddOutputs(HeadOutputs<GraphTensor> outputs, ImageFrame? frame, OnnxOutput output, ModelOptions options)
    {
        const string batch = "batch";
        switch (output)
        {
            case OnnxOutput.Raw:
                for (var i = 0; i < outputs.ClassLogits.Length; i++)
                {
                    AddMap("class_logits", outputs.ClassLogits[i], options.Head.ClassCount, i);
                    AddMap("box_deltas", outputs.BoxDeltas[i], 4, i);
                    AddMap("iou_logits", outputs.IouLogits[i], 1, i);
                }
                break;
            case OnnxOutput.Boxes:
                var anchors = new CandidateGraph(options).SelectAnchors(outputs, frame!);
                anchors.Boxes.Output("boxes", OnnxType.Float32, batch, "anchors", 4);
                anchors.Scores.Output("scores", OnnxType.Float32, batch, "anchors", options.Head.ClassCount);
                break;
            default:
                var candidates = new CandidateGraph(options).SelectCandidates(outputs, frame!);
                var detections = new DetectionGraph(options).Detect(candidates, output == OnnxOutput.Voting);
                detections.Boxes.Output("boxes", OnnxType.Float32, batch, "detections", 4);
                detections.Scores.Output("scores", OnnxType.Float32, batch, "detections");
                detections.Labels.Output("labels", OnnxType.Int64, batch, "detections");
                detections.Counts.Output("counts", OnnxType.Int64, batch);
                break;
        }

        void AddMap(string name, GraphTensor map, int channels, int level) =>
            map.Output($"{name}_{level}", OnnxType.Float32, batch, channels, $"height_{level}", $"width_{level}");
    }

    static string Description(OnnxInput input, OnnxOutput output)
    {
        var fed = input switch
        {
            OnnxInput.Decoded => "images: bytes [N, H, W, 3], red, green, blue, of any size, as decoded.",
            OnnxInput.Resized => "images: bytes [N, H, W, 3], red, green, blue, resized as long_side and short_side say.",
            _ => "images: floats [N, 3, H, W], resized, (x - mean) / std in channel_order, padded with 0 at the right and the "
                + "bottom to multiples of size_divisor.",
        };
        if (output != OnnxOutput.Raw && input != OnnxInput.Decoded)
            fed += " original_sizes: height and width of each photograph, in whose pixels boxes come.";
        if (output != OnnxOutput.Raw && input == OnnxInput.Normalized)
            fed += " image_sizes: height and width of each image without padding.";
        var given = output switch
        {
            OnnxOutput.Raw => "Logits and deltas of each level.",
            OnnxOutput.Boxes => "boxes (left, top, right, bottom) of the best anchors, scores of all classes.",
            _ => "boxes (left, top, right, bottom), scores and labels of the first counts[n] objects of image n.",
        };
        return $"PAA object detector. {fed} {given}";
    }
}
