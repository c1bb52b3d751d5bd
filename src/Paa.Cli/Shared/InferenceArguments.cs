using System.CommandLine;
using Paa.Configuration;
using Paa.Inference;
using Paa.Options;
using Paa.Torch;
using Paa.Training.Distributed;

namespace Paa.Cli.Shared;

/// <summary>How a detector is run.</summary>
/// <param name="Engine">What computes the network.</param>
/// <param name="Precision">Whether a quantised detector is computed in int8.</param>
/// <param name="Device">Where the network runs.</param>
/// <param name="Threads">Threads that compute; 0 for all cores.</param>
/// <param name="IsAugmented">Whether every image is looked at in the scales and flips of <c>data.tta</c>.</param>
sealed record InferenceOptions(
    InferenceEngine Engine = InferenceEngine.Auto, InferencePrecision Precision = InferencePrecision.Auto, Device Device = default,
    int Threads = 0, bool IsAugmented = false);

/// <summary>The options of a command that runs a detector, and the only place where they become <see cref="InferenceOptions"/>.</summary>
sealed class InferenceArguments
{
    public InferenceArguments()
    {
        Engine.AcceptOnlyFromAmong("auto", "onednn", "torch");
        Precision.AcceptOnlyFromAmong("auto", "f32", "int8");
    }

    /// <summary><c>--engine onednn</c>.</summary>
    public Option<string> Engine { get; } = new("--engine")
    {
        Description = "What computes the network; auto prefers onednn.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--precision f32</c>.</summary>
    public Option<string> Precision { get; } = new("--precision")
    {
        Description = "Numbers of the network; auto takes int8 for a detector of 'paa quantize'.",
        DefaultValueFactory = _ => "auto",
    };

    /// <summary><c>--device cpu</c>.</summary>
    public Option<string?> Device { get; } = CommonOptions.Device();

    /// <summary><c>--threads 4</c>.</summary>
    public Option<int?> Threads { get; } = CommonOptions.Threads();

    /// <summary><c>--tta</c>.</summary>
    public Option<bool> Tta { get; } =
        new("--tta") { Description = "Look at each image in the scales and flips of data.tta, and merge." };

    /// <summary>What the command line says.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="config">Decides on device and threads where the command line does not.</param>
    /// <param name="world">Processes that share the work; each takes the CUDA device of its own number.</param>
    /// <exception cref="UsageException">There is no such device.</exception>
    public InferenceOptions Read(ParseResult arguments, PaaConfig? config = null, World? world = null)
    {
        var device = arguments.GetValue(Device) ?? config?.Device;
        return new InferenceOptions(
            Enum.Parse<InferenceEngine>(arguments.GetRequiredValue(Engine), ignoreCase: true),
            Enum.Parse<InferencePrecision>(arguments.GetRequiredValue(Precision), ignoreCase: true),
            Compute.ParseDevice(world is null ? device : Compute.Place(device, world)),
            arguments.GetValue(Threads) ?? config?.ThreadCount ?? 0, arguments.GetValue(Tta));
    }
}
