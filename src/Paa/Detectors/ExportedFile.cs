using System.Globalization;
using System.Text.Json;
using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Models;
using Paa.Onnx;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>A detector as an ONNX file that this project wrote: its place, and what its texts say.</summary>
/// <remarks>
/// The texts are for every client: names of the classes, mean and deviation, size rules, thresholds. This project itself reads
/// the configuration under <see cref="ConfigKey"/>.
/// </remarks>
/// <param name="Path">The file.</param>
/// <param name="Input">What it is fed with, as in the metadata.</param>
/// <param name="Output">What it gives, as in the metadata.</param>
/// <param name="Config">The configuration that it was written with.</param>
public sealed record ExportedFile(string Path, string Input, string Output, PaaConfig Config)
{
    const string FormatKey = "paa.format";
    const string Format = "1";
    const string InputKey = "paa.input";
    const string OutputKey = "paa.output";
    const string ConfigKey = "paa.config";
    const string ClassesKey = "classes";

    /// <summary>Whether a file is taken for an ONNX model: by its name.</summary>
    /// <param name="path">The file.</param>
    public static bool IsOnnx(string path) =>
        System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether the beginning of a file is that of an ONNX model, and not that of a safetensors file, whose text follows
    /// eight bytes of its length.</summary>
    /// <param name="start">Its first bytes, nine or more if it has them.</param>
    internal static bool IsOnnx(ReadOnlySpan<byte> start)
    {
        const byte versionField = 0x08;             // ir_version comes first in what every writer makes
        return start.Length > 8 && start[0] == versionField && start[8] != '{';
    }

    /// <summary>The texts for a file.</summary>
    /// <param name="detector">What is written.</param>
    /// <param name="input">What the graph is fed with.</param>
    /// <param name="output">What it gives.</param>
    /// <param name="precision">In which numbers it computes.</param>
    internal static OrderedDictionary<string, string> Describe(
        LoadedDetector detector, string input, string output, string precision)
    {
        var (model, data) = (detector.Config.Model, detector.Config.Data);
        var (limits, norm) = (model.PostProcessing, data.Normalization);
        return new()
        {
            [ClassesKey] = JsonSerializer.Serialize(detector.Classes, ReadableJson),
            ["channel_order"] = norm.ToRgb ? "RGB" : "BGR",
            ["mean"] = JsonSerializer.Serialize(norm.Mean),
            ["std"] = JsonSerializer.Serialize(norm.Std),
            ["long_side"] = Text(data.Test.Scales[0].Max()),
            ["short_side"] = Text(data.Test.Scales[0].Min()),
            ["keep_ratio"] = "true",
            ["size_divisor"] = Text(data.SizeDivisor),
            ["strides"] = JsonSerializer.Serialize(model.Head.Anchors.Strides),
            ["anchor_scale"] = Text(model.Head.Anchors.Scale),
            ["score_threshold"] = Text(limits.ScoreThreshold),
            ["nms_iou_threshold"] = Text(limits.NmsIouThreshold),
            ["nms_class_agnostic"] = limits.ClassAgnosticNms ? "true" : "false",
            ["nms_pre"] = Text(limits.PreNmsTopK),
            ["max_detections"] = Text(limits.MaxDetections),
            ["score_voting"] = model.Head.ScoreVoting ? "true" : "false",
            ["profile"] = model.Profile == SemanticsProfile.Original ? "original" : "mmdet",
            ["precision"] = precision,
            ["paa.version"] = typeof(ExportedFile).Assembly.GetName().Version!.ToString(3),
            [FormatKey] = Format,
            [InputKey] = input,
            [OutputKey] = output,
            [ConfigKey] = ConfigWriter.ToYaml(detector.Config),
        };
    }

    /// <summary>Reads what a file says.</summary>
    /// <param name="path">A file that this project wrote.</param>
    /// <param name="given">Takes the place of the configuration in the file; null: that counts.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> over what the file says.</param>
    /// <exception cref="CheckpointException">It is no ONNX model, or one of another program.</exception>
    /// <exception cref="ConfigException">An override is wrong.</exception>
    internal static LoadedDetector Load(string path, SourcedConfig? given, IReadOnlyList<string> overrides)
    {
        var texts = Header(path).Metadata;
        if (!texts.TryGetValue(FormatKey, out var format) || !texts.TryGetValue(ConfigKey, out var yaml)
            || !texts.TryGetValue(InputKey, out var input) || !texts.TryGetValue(OutputKey, out var output))
            throw new CheckpointException(
                "is an ONNX model of another program; 'paa export onnx' writes those that are read here.", path);
        if (format != Format)
            throw new CheckpointException($"is of format {format}, this version reads {Format}; export it again.", path);
        try
        {
            const string place = "metadata";
            var stored = SourcedConfig.Of(ConfigLoader.ReadTree(yaml, place)).Config;
            var config = given ?? SourcedConfig.Of(ConfigLoader.ReadTree(yaml, place), overrides);
            var classes = texts.TryGetValue(ClassesKey, out var names) ? JsonSerializer.Deserialize<string[]>(names) : null;
            if (classes?.Length != stored.Model.Head.ClassCount)
                throw new CheckpointException("names another number of classes than it has; export it again.", path);
            return new LoadedDetector(new PaaDetector(stored.Model), new StateDict(), DetectorConfig.Of(config, classes))
            {
                Exported = new ExportedFile(path, input, output, stored),
            };
        }
        catch (Exception error) when (error is JsonException
            || error is ConfigException { Location: var location } && !ConfigOverride.IsAt(location) && given is null)
        {
            throw new CheckpointException($"has metadata that cannot be read ({error.Message.TrimEnd('.')}); export it again.",
                path, error);
        }
    }

    static OnnxHeader Header(string path)
    {
        if (!File.Exists(path)) throw new CheckpointException("does not exist.", path);
        try
        {
            return OnnxHeader.Read(path);
        }
        catch (OnnxException error)
        {
            throw new CheckpointException(error.Message.Replace($"{path}: ", "", StringComparison.Ordinal), path, error);
        }
    }

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>Letters of every script stay as they are.</summary>
    static readonly JsonSerializerOptions ReadableJson =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
