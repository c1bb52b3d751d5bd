using System.CommandLine;
using Paa.Engines;
using Paa.Onnx;
using Paa.Options;
using Paa.Training.Distributed;
using Paa.Training.Networks;

namespace Paa.Cli.Shared;

/// <summary>The options of a command that runs a detector, and the only place where they become <see
/// cref="InferenceOptions"/>.</summary>
sealed class InferenceArguments
{
    public InferenceArguments()
    {
        Engine.AcceptOnlyFromAmong("auto", "onednn", "onnx", "torch");
        Precision.AcceptOnlyFromAmong("auto", "f32", "int8");
    }

    /// <summary>The option <c>--engine onednn</c>.</summary>
    public Option<string> Engine { get; } = new("--engine")
    {
        Description = "Engine of the network; auto: onednn where it is, else onnx.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>The option <c>--precision f32</c>.</summary>
    public Option<string> Precision { get; } = new("--precision")
    {
        Description = "Number format of the network; auto uses int8 for a detector of 'paa quantize'.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary>The option <c>--device cpu</c>.</summary>
    public Option<string?> Device { get; } = new("--device")
    {
        Description = "cpu, cuda or cuda:INDEX; for onnx also directml, coreml.",
        HelpName = "DEVICE",
    };

    /// <summary>The option <c>--threads 4</c>.</summary>
    public Option<int?> Threads { get; } = CommonOptions.Threads();

    /// <summary>The option <c>--tta</c>.</summary>
    public Option<bool> Tta { get; } =
        new("--tta") { Description = "Merge the detections of the scales and flips of data.tta." };

    /// <summary>Reads the options from a command line.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="config">Supplies device and threads if the command line does not.</param>
    /// <param name="world">Processes that share the work; each uses the CUDA device with its local rank.</param>
    /// <exception cref="UsageException">The device does not exist, or the engine cannot use it.</exception>
    public InferenceOptions Read(ParseResult arguments, PaaConfig? config = null, World? world = null) => Create(
        arguments.GetRequiredValue(Engine),
        Enum.Parse<InferencePrecision>(arguments.GetRequiredValue(Precision), ignoreCase: true),
        arguments.GetValue(Device) ?? config?.Device, arguments.GetValue(Threads) ?? config?.ThreadCount ?? 0,
        arguments.GetValue(Tta), world);

    /// <summary>The options of a command without these arguments: as the configuration says, with the best engine.</summary>
    public static InferenceOptions Default(PaaConfig config) =>
        Create("auto", InferencePrecision.Auto, config.Device, config.ThreadCount, isAugmented: false, world: null);

    static InferenceOptions Create(
        string engine, InferencePrecision precision, string? device, int threads, bool isAugmented, World? world)
    {
        return new InferenceOptions
        {
            Engines = Engines(engine, world is null ? device : Compute.Place(device, world)),
            Precision = precision,
            ThreadCount = Compute.Threads(threads, world),
            TestTimeAugmentation = isAugmented,
        };
    }

    static InferenceEngine[] Engines(string engine, string? device)
    {
        if (!OnnxDevice.TryParse(device ?? "cpu", out var place))
            throw new UsageException($"--device: expected cpu, cuda, cuda:INDEX, directml or coreml, got '{device}'.");
        if (engine == "onednn" && !place.IsCpu)
            throw new UsageException($"--engine onednn: it computes on the CPU, not on {place}; use auto.");
        if (engine == "torch" && place.Name is not ("cpu" or "cuda"))
            throw new UsageException($"--engine torch: it computes on cpu or cuda, not on {place}; use auto.");
        return engine switch
        {
            "onednn" => [InferenceEngine.OneDnn],
            "auto" when place.IsCpu => [InferenceEngine.OneDnn, InferenceEngine.Onnx, new TorchEngine()],
            "auto" or "torch" when place.Name is "cpu" or "cuda" => [new TorchEngine(Compute.ParseDevice(device))],
            _ => [InferenceEngine.OnnxOn(place)],
        };
    }
}
