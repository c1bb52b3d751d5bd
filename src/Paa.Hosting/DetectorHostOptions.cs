using Microsoft.Extensions.Options;
using Paa.Engines;
using Paa.Onnx;

namespace Paa.Hosting;

/// <summary>A detector as a section of the configuration describes it, such as <c>appsettings.json</c>.</summary>
/// <example><code>
/// "Detector": { "Checkpoint": "models/best.pth", "MinScore": 0.3, "Classes": ["person", "car"] }
/// </code></example>
public sealed class DetectorHostOptions
{
    /// <summary>A file, or a name of the zoo that was downloaded. Needed.</summary>
    public string Checkpoint { get; set; } = "";

    /// <summary>Engine that computes the network: <c>auto</c> for the first that can, or the name of one.</summary>
    public string Engine { get; set; } = "auto";

    /// <summary>Where it computes: <c>cpu</c>, or <c>cuda[:i]</c>, <c>directml</c>, <c>coreml</c> where the program references an
    /// ONNX Runtime that has them.</summary>
    public string Device { get; set; } = OnnxDevice.Cpu.Name;

    /// <summary>In which numbers the network is computed.</summary>
    public InferencePrecision Precision { get; set; }

    /// <summary>Threads that compute; 0 for all cores.</summary>
    public int ThreadCount { get; set; }

    /// <summary>Look at every image in the scales and flips of the detector's <c>data.tta</c>, and merge.</summary>
    public bool TestTimeAugmentation { get; set; }

    /// <summary>As <see cref="DetectionOptions.MinScore"/>, of calls that do not say it themselves.</summary>
    public float? MinScore { get; set; }

    /// <summary>As <see cref="DetectionOptions.MaxDetections"/>.</summary>
    public int? MaxDetections { get; set; }

    /// <summary>As <see cref="DetectionOptions.Classes"/>; empty: all.</summary>
    public IList<string> Classes { get; } = [];

    /// <summary>As <see cref="DetectionOptions.NmsIouThreshold"/>.</summary>
    public float? NmsIouThreshold { get; set; }

    /// <summary>As <see cref="DetectionOptions.ScoreVoting"/>.</summary>
    public bool? ScoreVoting { get; set; }

    /// <summary>Whether the detector is loaded and warmed up before the host has started; else at its first use.</summary>
    public bool LoadAtStart { get; set; } = true;

    /// <summary>The engines that may compute the network, in the order in which they are tried.</summary>
    internal IReadOnlyList<InferenceEngine> Engines()
    {
        if (!OnnxDevice.TryParse(Device, out var device)) return [];
        IReadOnlyList<InferenceEngine> all = device.IsCpu ? new InferenceOptions().Engines : [InferenceEngine.OnnxOn(device)];
        return [.. all.Where(engine => Engine is "auto" || engine.Name == Engine)];
    }

    /// <summary>Reads the detector.</summary>
    internal Detector Load() => Detector.Load(Checkpoint,
        new InferenceOptions
        {
            Engines = Engines(),
            Precision = Precision,
            ThreadCount = ThreadCount,
            TestTimeAugmentation = TestTimeAugmentation,
        },
        detection: new DetectionOptions
        {
            MinScore = MinScore,
            MaxDetections = MaxDetections,
            Classes = [.. Classes],
            NmsIouThreshold = NmsIouThreshold,
            ScoreVoting = ScoreVoting,
        });
}

/// <summary>Finds before the host starts what no file is needed for.</summary>
sealed class DetectorHostOptionsValidator : IValidateOptions<DetectorHostOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DetectorHostOptions options)
    {
        var engines = string.Join(" or ", new InferenceOptions().Engines.Select(engine => engine.Name));
        var prefix = string.IsNullOrEmpty(name) ? "Detector" : $"Detector '{name}'";
        string?[] problems =
        [
            options.Checkpoint.Length == 0 ? "Checkpoint: expected a file or a name of the zoo, got nothing" : null,
            !OnnxDevice.TryParse(options.Device, out _)
                ? $"Device: expected cpu, cuda, cuda:INDEX, directml or coreml, got '{options.Device}'"
                : options.Engines().Count > 0 ? null
                : $"Engine: expected auto, {engines}, one that computes on {options.Device}, got '{options.Engine}'",
            options.MinScore is null or (>= 0 and <= 1) ? null : $"MinScore: expected 0 to 1, got {options.MinScore}",
            options.NmsIouThreshold is null or (>= 0 and <= 1) ? null
                : $"NmsIouThreshold: expected 0 to 1, got {options.NmsIouThreshold}",
            options.MaxDetections is null or >= 1 ? null : $"MaxDetections: expected at least 1, got {options.MaxDetections}",
        ];
        string[] failures = [.. problems.OfType<string>().Select(problem => $"{prefix}: {problem}.")];
        return failures.Length > 0 ? ValidateOptionsResult.Fail(failures) : ValidateOptionsResult.Success;
    }
}
