using Paa.Checkpoints;
using Paa.Configuration;
using Paa.Engines;
using Paa.Models;
using Paa.Options;

namespace Paa.Detectors;

/// <summary>Detectors from checkpoints: of this project, of MMDetection, or bare weights.</summary>
public static class DetectorFile
{
    const string TeacherPrefix = "teacher_";     // of MMDetection's LAD, which teaches a PAA detector

    /// <summary>Reads weights, classes and, where the file tells it, the configuration.</summary>
    /// <param name="path">A <c>.pth</c> in either PyTorch format, a safetensors file, or an ONNX file that this project
    /// wrote.</param>
    /// <param name="config">Takes the place of what the file tells; null: its own configuration, MMDetection's, else one derived
    /// from names and shapes (see <see cref="DetectorConfig"/>).</param>
    /// <returns>The detector. The caller owns it.</returns>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured
    /// one.</exception>
    public static LoadedDetector Load(string path, PaaConfig? config = null) =>
        Load(path, config is null ? null : new SourcedConfig(config, new(default, [])), []);

    /// <summary>The same for a file that was opened already.</summary>
    /// <param name="weights">What <see cref="StateDict.Load"/> returned. Held by the result.</param>
    /// <param name="path">Where from, for messages.</param>
    /// <param name="config">Takes the place of what the file tells.</param>
    /// <exception cref="CheckpointException">Its quantisation is damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured
    /// one.</exception>
    public static LoadedDetector Load(StateDict weights, string path, PaaConfig? config = null) =>
        Load(weights, path, config is null ? null : new SourcedConfig(config, new(default, [])), []);

    /// <summary>Reads a file with what a command line says.</summary>
    /// <param name="path">A <c>.pth</c> in either PyTorch format, a safetensors file, or an ONNX file that this project
    /// wrote.</param>
    /// <param name="given">Takes the place of what the file tells; null: nothing was named.</param>
    /// <param name="overrides">Assignments <c>a.b.c=value</c> over what the file tells.</param>
    /// <exception cref="CheckpointException">The file is missing or damaged.</exception>
    /// <exception cref="ArchitectureException">Its weights are not those of a PAA detector, or not of the configured
    /// one.</exception>
    /// <exception cref="ConfigException">An override is wrong.</exception>
    internal static LoadedDetector Load(string path, SourcedConfig? given, IReadOnlyList<string> overrides) =>
        ExportedFile.IsOnnx(path)
            ? ExportedFile.Load(path, given, overrides)
            : Load(StateDict.Load(path), path, given, overrides);

    static LoadedDetector Load(StateDict weights, string path, SourcedConfig? given, IReadOnlyList<string> overrides)
    {
        var quantization = QuantizationGraph.Read(weights.Meta, path);
        weights = WithoutTeacher(weights, out var teacherCount);
        var config = DetectorConfig.Find(weights, path, given, overrides);
        // A description needs no memory for weights: a file cannot ask for a network that is larger than itself.
        var network = new PaaDetector(config.Config.Model);
        CheckFit(WeightMatch.Of(weights, network.Parameters), path);
        string[] notices = teacherCount == 0 ? [] :
            [$"{path} is a checkpoint of LAD: the student is used, {teacherCount} tensors of its teacher are left out."];
        return new LoadedDetector(network, weights, config, quantization) { Notices = [.. notices, .. config.Notices] };
    }

    static StateDict WithoutTeacher(StateDict weights, out int count)
    {
        count = weights.Names.Count(name => name.StartsWith(TeacherPrefix, StringComparison.Ordinal));
        if (count == 0) return weights;
        var student = new StateDict { Meta = weights.Meta, Attributes = weights.Attributes };
        foreach (var (name, tensor) in weights)
            if (!name.StartsWith(TeacherPrefix, StringComparison.Ordinal)) student.Add(name, tensor);
        return student;
    }

    /// <summary>Names and shapes must fit exactly, but for the counters that old files lack.</summary>
    static void CheckFit(WeightMatch match, string path)
    {
        match = match with
        {
            Missing = [.. match.Missing.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))],
        };
        if (!match.IsComplete) throw match.ToException($"{path}: the weights are not those of the configured network");
    }
}

/// <summary>A detector that was read from a file.</summary>
/// <param name="Network">The network, without weights.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="Settings">With what it runs, and where that was read.</param>
/// <param name="Quantization">How to compute it on 8-bit integers; null: the file is not quantised.</param>
public sealed record LoadedDetector(PaaDetector Network, StateDict Weights, DetectorConfig Settings,
    QuantizationParameters? Quantization = null)
{
    /// <summary>The configuration: given, stored with the weights, or derived from them.</summary>
    public PaaConfig Config => Settings.Config;

    /// <summary>Class names in label order.</summary>
    public IReadOnlyList<string> Classes => Settings.Classes;

    /// <summary>The same detector with another configuration, such as other thresholds; its network stays.</summary>
    public LoadedDetector With(PaaConfig config) => this with { Settings = Settings.With(config) };

    /// <summary>The ONNX file that it is, which holds graph and weights; null for a checkpoint. Without one
    /// <see cref="Weights"/> has everything, with one nothing.</summary>
    public ExportedFile? Exported { get; init; }

    /// <summary>What a user should know about the file, a sentence each: what had to be guessed, and what was left out.</summary>
    public IReadOnlyList<string> Notices { get; init; } = [];
}
